"""Any sensible order on any small clip: the frame count, size, duration and loop that were asked for, each time.

ZOETROPE_RANDOM_ORDERS says how many are tried: 14,000 for a release, which make 10,000 pictures; few on other days.
"""

import math
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image

from animator.core.errors import InvalidTimeOffset
from animator.core.order import AnimationSpec, Order
from animator.kernel.build import build
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, render

TRIES = int(os.environ.get("ZOETROPE_RANDOM_ORDERS", "60"))

CLIPS = {
    "plain.mp4": Clip(),
    "b_frames.mkv": Clip(options={"bf": "3", "g": "7"}, width=96, height=128),
    "turned.mp4": Clip(rotation=90),
    "wide_pixels.mp4": Clip(aspect=Fraction(4, 3)),
    "odd.avi": Clip(codec="mjpeg", pixel_format="yuvj444p", width=101, height=67),
    "one.mp4": Clip(pictures=1),
    "alpha.mov": Clip(codec="qtrle", pixel_format="argb", pictures=8),
    "stream.ts": Clip(container="mpegts", rate=25, options={"g": "9"}),
}
# From this edge on, each picture's number is seen at any quality: no two pictures may be merged.
LEGIBLE = 32
# Upright, in square pixels: what the size rule starts from.
SHOWN = {"b_frames.mkv": (96, 128), "turned.mp4": (96, 128), "wide_pixels.mp4": (171, 96), "odd.avi": (101, 67)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build()
    made = tmp_path_factory.mktemp("clips")
    for name, clip in CLIPS.items():
        render(made / name, clip)
    return made


edges = st.one_of(st.just(0), st.integers(1, 160))
offsets = st.one_of(st.just(0.0), st.floats(-2.5, 2.5).map(lambda value: round(value, 2)))
specs = st.builds(
    AnimationSpec,
    format=st.sampled_from(["gif", "webp"]),
    fps=st.integers(1, 60),
    width=edges,
    height=edges,
    quality=st.floats(1, 100),
    adaptive=st.booleans(),
)


@dataclass(frozen=True)
class Expected:
    """`pictures` is how many different ones are on screen at some tick."""

    ticks: int
    fps: int
    pictures: int


def expected(name: str, spec: AnimationSpec, start: float, end: float) -> Expected | None:
    """The rules of docs/protocol 2.3.1 once more, in the plainest way; None for an empty segment."""
    clip = CLIPS[name]
    length = Fraction(clip.pictures, clip.rate)
    begin, stop = Fraction(str(start)), Fraction(str(end))
    begin = max(Fraction(0), length + begin) if begin < 0 else begin
    stop = length + stop if stop <= 0 else min(stop, length)
    if begin >= stop:
        return None
    fps = min(spec.fps, 50) if spec.format == "gif" else spec.fps
    ticks = max(1, int((stop - begin) * fps + Fraction(1, 2)))
    middles = [begin + Fraction(2 * tick + 1, 2 * fps) for tick in range(ticks)]
    return Expected(ticks=ticks, fps=fps, pictures=len({on_screen(clip, middle) for middle in middles}))


def on_screen(clip: Clip, moment: Fraction) -> int:
    """The last picture that begins before the moment."""
    return min(max(0, math.ceil(moment * clip.rate) - 1), clip.pictures - 1)


@pytest.mark.timeout(60 + TRIES)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(CLIPS)), spec=specs, start=offsets, end=offsets)
def test_a_random_order_is_carried_out_to_the_letter(
    folder: Path, name: str, spec: AnimationSpec, start: float, end: float
) -> None:
    target = folder / f"out.{spec.format}"
    wanted = expected(name, spec, start, end)
    event("refused, as nothing is in the segment" if wanted is None else f"a {spec.format} was made")
    if wanted is None:
        with pytest.raises(InvalidTimeOffset):
            animate(folder / name, target, Order(spec=spec, start=start, end=end))
        return
    result = animate(folder / name, target, Order(spec=spec, start=start, end=end))
    assert (result.width, result.height) == spec.output_size(*SHOWN.get(name, (128, 96)))
    legible = min(result.width, result.height) >= LEGIBLE
    assert result.frames == wanted.pictures if legible else 1 <= result.frames <= wanted.pictures
    assert abs(Fraction(str(result.duration)) - Fraction(wanted.ticks, wanted.fps)) <= Fraction(1, 100)
    check_file(target, spec, result.frames, result.duration, (result.width, result.height))


def check_file(target: Path, spec: AnimationSpec, frames: int, seconds: float, size: tuple[int, int]) -> None:
    """What Pillow, an independent reader, finds."""
    with Image.open(target) as image:
        assert image.format == spec.format.upper()
        assert image.size == size
        assert getattr(image, "n_frames", 1) == frames
        total = 0
        for position in range(frames):
            image.seek(position)
            image.load()
            total += int(image.info.get("duration", 0))
        assert image.info["loop"] == 0
        assert abs(total / 1000 - seconds) < 0.0005
