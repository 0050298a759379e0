"""What is chosen of each clip, and what it costs; contact sheets beside what was avoided, for people to look at.

Writes a section of docs/pictures.md, and pictures into var/bench/sheets.
"""

import argparse
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import imageio_ffmpeg
from PIL import Image, ImageDraw

from animator.core.choice import Choice
from animator.core.errors import EngineError
from animator.core.highlights import Highlights
from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec, Order
from animator.core.timeline import as_fraction
from animator.make.highlights import highlights
from animator.read.moments import pictures_at
from animator.read.source import open_source
from tests.bench.document import write_section
from tests.bench.jobs import SUFFIXES

WIDTH, ACROSS, MARGIN, LINE = 200, 5, 4, 14  # pixels, pictures, pixels, pixels
MOST_AVOIDED = 8
SECONDS = 3.0
# What a choice may cost: a share of the clip's length in processor time, or so many seconds if that is more.
SHARE, LEAST = 0.05, 0.6
# A film as long as such are, and how far its key frames are apart.
MINUTES, KEY_SECONDS = 10, 2
FOLDER = Path("var/bench/sheets")


@dataclass(frozen=True, slots=True)
class Case:
    """A clip of so many seconds, and what the choice took: of the processor's time, and until it was there."""

    clip: Path
    length: float
    took: float
    waited: float
    found: Highlights

    @property
    def is_dear(self) -> bool:
        return self.took > max(LEAST, SHARE * self.length)

    @property
    def row(self) -> str:
        best = self.found.best[0]
        why = sorted({one.reason for one in self.found.avoided})
        return (
            f"| {self.clip.stem} | {self.length:.1f} | {best.start:g}–{best.end:g}: {', '.join(best.reasons)} "
            f"| {len(self.found.best)} | {', '.join(why) or '–'} | {self.took:.2f} "
            f"| {100 * self.took / self.length:.1f} | {self.waited:.2f} |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None)
    options = parser.parse_args(arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    clips = sorted(path for path in options.media.iterdir() if path.suffix.lower() in SUFFIXES)
    with TemporaryDirectory() as folder:
        clips.append(long_film(max(clips, key=_pixels), Path(folder)))
        cases = [case for clip in clips if (case := _case(clip))]
    text = report(cases)
    print(text)
    if options.docs:
        write_section(options.docs, "Seconds, measured", text, page="pictures.md")


def report(cases: Sequence[Case]) -> str:
    dear = [f"{case.clip.stem} ({case.took / case.length:.0%})" for case in cases if case.is_dear]
    lines = [
        f"{len(cases)} clips, {SECONDS:g} s of each; what it took is processor time, in seconds and percent of the "
        f"clip; until it was there is by the clock, on a machine as busy as it was. The last clip is one of the others "
        f"over and over, {MINUTES} minutes long, with a key frame every {KEY_SECONDS} s.",
        "",
        f"Losses: more than {SHARE:.0%} of the clip, and than {LEAST:g} s, for {len(dear)} of {len(cases)}"
        f"{': ' if dear else '.'}{', '.join(dear)}",
        "",
        "| clip | s | the best | pieces | avoided | took | % | there after |",
        "|---|---|---|---|---|---|---|---|",
        *(case.row for case in cases),
    ]
    return "\n".join(lines)


def long_film(clip: Path, folder: Path) -> Path:
    """The same again and again, coded anew with a key frame every KEY_SECONDS."""
    once, film = folder / "once.mp4", folder / f"{clip.stem}_{MINUTES}min_key{KEY_SECONDS}s.mp4"
    keys = ["-force_key_frames", f"expr:gte(t,n_forced*{KEY_SECONDS})"]
    _ffmpeg("-i", clip, "-an", "-c:v", "libx264", "-preset", "superfast", "-bf", "2", *keys, once)
    _ffmpeg("-stream_loop", "-1", "-i", once, "-t", 60 * MINUTES, "-c", "copy", film)
    return film


def _ffmpeg(*words: object) -> None:
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    subprocess.run([*program, *map(str, words)], check=True, stdin=subprocess.DEVNULL)


def _pixels(clip: Path) -> int:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        return stream.width * stream.height


def _case(clip: Path) -> Case | None:
    with av.open(str(clip)) as container:
        length = (container.duration or 0) / av.time_base
    began, since = time.process_time(), time.monotonic()
    try:
        found = highlights(clip, Order(spec=AnimationSpec(format="webp", fps=10), choice=Choice(auto=SECONDS)))
    except EngineError as error:
        print(f"{clip.name}: {error}")
        return None
    took, waited = time.process_time() - began, time.monotonic() - since
    sheet(clip, found, FOLDER / f"{clip.stem}.jpg")
    return Case(clip, length, took, waited, found)


def sheet(path: Path, found: Highlights, target: Path) -> None:
    """One row of pictures, from beginning to end, for each piece; its words above it."""
    rows = list(_rows(found))
    with open_source(path, limits=DEFAULT_LIMITS) as source:
        height = round(WIDTH * source.stream.height / source.stream.width)
        page = Image.new("RGB", (ACROSS * (WIDTH + MARGIN), len(rows) * (height + LINE + MARGIN)), "white")
        draw = ImageDraw.Draw(page)
        for number, (words, start, end) in enumerate(rows):
            top = number * (height + LINE + MARGIN)
            draw.text((2, top), words, fill="black")
            last = max(start, end - 0.05)
            moments = [as_fraction(round(start + (last - start) * at / (ACROSS - 1), 3)) for at in range(ACROSS)]
            for place, picture in enumerate(pictures_at(source, moments)):
                small = picture.frame.to_image().resize((WIDTH, height))
                page.paste(small, (place * (WIDTH + MARGIN), top + LINE))
    page.save(target, quality=80)


def _rows(found: Highlights) -> Iterator[tuple[str, float, float]]:
    for one in found.best:
        yield f"{one.start:g}-{one.end:g} s, {one.score:.2f}: {', '.join(one.reasons)}", one.start, one.end
    for one in found.avoided[:MOST_AVOIDED]:
        yield f"avoided {one.start:g}-{one.end:g} s: {one.reason}", one.start, one.end


if __name__ == "__main__":
    main()
