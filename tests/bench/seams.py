"""How much is seen of a loop's seam, cut where it was asked for and where it is seen least. Writes docs/pictures.md.

Costs are processor time of this process.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median

from animator.core.errors import EngineError
from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec
from animator.core.seam import Seam
from animator.core.timeline import Segment
from animator.make.seen import Seen
from animator.make.take import Take, take_of
from animator.read.decode import Picker
from animator.read.source import Source, open_source
from animator.read.view import geometry_of
from tests.bench.document import write_section
from tests.bench.jobs import SUFFIXES

PIECES, SECONDS, PLACES = 20, Fraction(5, 2), (Fraction(1, 5), Fraction(3, 5))
FPS, WIDTH = 12, 480
FADE = 0.3
# Of the luma's range: what nobody notices at a glance, and what everybody does.
HARDLY, CLEARLY = 0.02, 0.06


@dataclass(frozen=True, slots=True)
class Case:
    """One piece: its best seam, the same with a crossfade over it, and what looking for it cost."""

    name: str
    best: Seam
    faded: Seam
    seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None)
    options = parser.parse_args(arguments)
    cases = list(_cases(options.media))
    text = report(cases)
    print(text)
    if options.docs:
        write_section(options.docs, "Seams", text, page="pictures.md")


def _cases(media: Path) -> Iterator[Case]:
    """Two pieces of each clip, as long as they fit, up to so many."""
    clips = sorted(path for path in media.iterdir() if path.suffix.lower() in SUFFIXES)
    found = 0
    for place in PLACES:
        for clip in clips:
            if found == PIECES:
                return
            try:
                with open_source(clip, limits=DEFAULT_LIMITS) as source:
                    yield _measured(source, f"{clip.stem[:24]}", place=place)
            except EngineError as error:
                print(f"{clip.name}: {error}", flush=True)
                continue
            found += 1


def _measured(source: Source, name: str, *, place: Fraction) -> Case:
    start = round(max(Fraction(0), source.duration - SECONDS) * place, 2)
    segment = Segment(start, min(source.duration, start + SECONDS))
    began = time.process_time()
    best = _take(source, segment, crossfade=0.0)
    seconds = time.process_time() - began
    faded = _take(source, segment, crossfade=FADE)
    assert best.seam is not None
    assert faded.seam is not None
    return Case(f"{name} {float(start):g}–{float(segment.end):g} s", best.seam, faded.seam, seconds)


def _take(source: Source, segment: Segment, *, crossfade: float) -> Take:
    spec = AnimationSpec(format="webp", fps=FPS, width=WIDTH, loop="best", crossfade=crossfade)
    geometry = geometry_of(next(iter(Picker(source, segment, fps=Fraction(FPS)))), source)
    return take_of(spec, segment, source=source, geometry=geometry, limits=DEFAULT_LIMITS, on_look=_ignore, seen=Seen())


def report(cases: Sequence[Case]) -> str:
    little = [case for case in cases if case.best.after > 0.9 * case.best.before]
    clear = [case for case in cases if case.best.after > CLEARLY]
    lines = [
        f"{len(cases)} pieces of {float(SECONDS):g} s at {FPS} frames a second, slack half a second either way, as "
        f"`make bench-pictures` finds them. A seam is the RMS of the luma, of its whole range; below {HARDLY:.0%} it "
        f"is hardly seen, above {CLEARLY:.0%} everybody sees it. Losses first.",
        "",
        f"- Hardly better than as asked for (by less than a tenth): {len(little)} of {len(cases)}"
        + "".join(f"; {case.name}" for case in little[:6]),
        f"- Still clearly seen: {len(clear)} of {len(cases)}",
        "",
        "| | median | 90 % | worst | hardly seen |",
        "|---|---|---|---|---|",
        _row("cut as it was asked for", [case.best.before for case in cases]),
        _row("the best loop", [case.best.after for case in cases]),
        _row(f"the best loop with {FADE:g} s of crossfade, at each step", [case.faded.after for case in cases]),
        "",
        f"Looking for it took {median(case.seconds for case in cases):.2f} s of processor time in the median.",
        "",
        "| piece | before | after | start, end moved |",
        "|---|---|---|---|",
        *(
            f"| {case.name} | {case.best.before:.1%} | {case.best.after:.1%} "
            f"| {case.best.start:+.2f} s, {case.best.end:+.2f} s |"
            for case in cases
        ),
    ]
    return "\n".join(lines)


def _row(name: str, values: Sequence[float]) -> str:
    ordered = sorted(values)
    unseen = sum(value < HARDLY for value in values)
    most = ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]
    return f"| {name} | {median(ordered):.1%} | {most:.1%} | {ordered[-1]:.1%} | {unseen} of {len(values)} |"


def _ignore() -> None:
    """Nobody waits for single packets."""


if __name__ == "__main__":
    main()
