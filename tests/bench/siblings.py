"""Bytes of each kind of file that looks equally good: all kinds at four qualities, by SSIM. For docs/pictures.md."""

import argparse
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import av

from animator.core.errors import EngineError
from animator.core.order import AnimationSpec, Order
from animator.core.siblings import POSTERS, SUFFIXES
from animator.make.pipeline import animate
from tests.bench.document import write_section
from tests.bench.jobs import SUFFIXES as CLIPS

QUALITIES = (30.0, 55.0, 80.0, 97.0)
EQUAL = (0.95, 0.98)
KINDS = ("gif", *(kind for kind in SUFFIXES if kind not in ("gif", *POSTERS)))

Points = dict[str, list[tuple[float, int]]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None)
    options = parser.parse_args(arguments)
    found = {}
    with TemporaryDirectory() as folder:
        for clip in sorted(path for path in options.media.iterdir() if path.suffix.lower() in CLIPS):
            try:
                found[clip.stem] = _points(clip, Path(folder) / "out.gif")
            except EngineError as error:
                print(f"{clip.name}: {error}", flush=True)
    text = report(found)
    print(text)
    if options.docs:
        write_section(options.docs, "Bytes of siblings that look the same", text, page="pictures.md")


def _points(clip: Path, target: Path) -> Points:
    """SSIM and bytes of each kind, by quality: three seconds from the middle, 320 pixels wide, 10 frames a second."""
    with av.open(str(clip)) as container:
        start = max(0.0, round((container.duration or 0) / av.time_base / 2 - 1.5, 1))
    points: Points = {kind: [] for kind in KINDS}
    for quality in QUALITIES:
        spec = AnimationSpec(format="gif", width=320, fps=10, quality=quality, siblings=",".join(KINDS[1:]))
        made = animate(clip, target, Order(spec=spec, start=start, end=start + 3, scored=True))
        for kind, score, size in (
            ("gif", made.score, made.size),
            *((one.kind, one.score, one.size) for one in made.siblings),
        ):
            assert score is not None
            points[kind].append((score["mean"], size))
        print(f"{clip.name} q{quality:g}: {[(kind, points[kind][-1]) for kind in KINDS]}", flush=True)
    return points


def report(found: dict[str, Points]) -> str:
    """The median over the clips of how many times the bytes of a WebP it takes; and of how many clips."""
    lines = [
        f"{len(found)} clips, three seconds of each at 320 pixels and 10 frames a second: how many times the bytes",
        "of a WebP that is as close to the source (SSIM-Y) each takes, the median, and of how many clips.",
        "",
        "| kind | " + " | ".join(f"at {level:g}" for level in EQUAL) + " |",
        "|---|" + "---|" * len(EQUAL),
    ]
    for kind in KINDS:
        told = []
        for level in EQUAL:
            shares = list(_shares(found.values(), kind, level))
            told.append(f"{median(shares):.2f} of {len(shares)}" if shares else "never as close")
        lines.append(f"| {kind} | " + " | ".join(told) + " |")
    return "\n".join(lines)


def _shares(found: Iterable[Points], kind: str, level: float) -> Iterator[float]:
    for points in found:
        own, webp = _bytes_at(points[kind], level), _bytes_at(points["webp"], level)
        if own and webp:
            yield own / webp


def _bytes_at(points: list[tuple[float, int]], level: float) -> float | None:
    """Between two measured ones; None where none is as close to the source, or all are closer."""
    ordered = sorted(points)
    for (low, fewer), (high, more) in pairwise(ordered):
        if low <= level <= high and high > low:
            part = (level - low) / (high - low)
            return math.exp(math.log(fewer) * (1 - part) + math.log(more) * part)
    return float(ordered[0][1]) if ordered[0][0] == ordered[-1][0] >= level else None


if __name__ == "__main__":
    main()
