"""Any sensible order on any small clip: the frame count, size, duration and loop that were asked for, each time.

ZOETROPE_RANDOM_ORDERS says how many are tried: 14,000 for a release, which make 10,000 pictures; few on other days.
"""

import math
import os
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image

from animator.core.errors import ConfigurationUnsupported, EngineError, InvalidSpec, InvalidTimeOffset
from animator.core.framing import ANCHORS, FITS
from animator.core.order import AnimationSpec, Order
from animator.core.playback import LOOPS
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
SHAPES = {"wide_pixels.mp4": Fraction(16, 9)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build()
    made = tmp_path_factory.mktemp("clips")
    for name, clip in CLIPS.items():
        render(made / name, clip)
    return made


edges = st.one_of(st.just(0), st.integers(1, 160))
offsets = st.one_of(st.just(0.0), st.floats(-2.5, 2.5).map(lambda value: round(value, 2)))
plain: dict[str, st.SearchStrategy[Any]] = {
    "format": st.sampled_from(["gif", "webp"]),
    "fps": st.integers(1, 60),
    "width": edges,
    "height": edges,
    "quality": st.floats(1, 100),
    "adaptive": st.booleans(),
}
options: dict[str, st.SearchStrategy[Any]] = {
    "crop": st.sampled_from(["", "16:9", "1:3", "0,0,96,67", "8,3,40,50", "100,60,20,20"]),
    "anchor": st.sampled_from(sorted(ANCHORS)),
    "fit": st.sampled_from(FITS),
    "background": st.sampled_from(["", "#c01020", "transparent"]),
    "trim_borders": st.booleans(),
    "loop": st.sampled_from(LOOPS),
    "slack": st.sampled_from([0.0, 0.1, 2.0]),
    "crossfade": st.sampled_from([0.0, 0.0, 0.1, 0.4]),
    "loop_count": st.sampled_from([0, 1, 7, 100]),
    "speed": st.sampled_from([0.25, 0.7, 1.0, 4.0]),
    "reverse": st.booleans(),
}


@st.composite
def specs(draw: st.DrawFn) -> AnimationSpec:
    """Half of them with the options of framing and playing."""
    fields = plain | (options if draw(st.booleans()) else {})
    asked = {name: draw(strategy) for name, strategy in fields.items()}
    if asked.get("loop") == "bounce":
        asked["crossfade"] = 0.0
    return AnimationSpec(**asked)


@dataclass(frozen=True)
class Expected:
    """`pictures` is how many come up one after the other; `size` None: the crop reaches past the picture.

    `slack`: by how many ticks start and end may move.
    """

    ticks: int
    fps: int
    pictures: int
    size: tuple[int, int] | None
    slack: int = 0


def expected(name: str, spec: AnimationSpec, start: float, end: float) -> Expected | None:
    """The rules of docs/protocol 2.3.1 and docs/engine.md once more, in the plainest way; None for an empty segment."""
    clip = CLIPS[name]
    length = Fraction(clip.pictures, clip.rate)
    begin, stop = Fraction(str(start)), Fraction(str(end))
    begin = max(Fraction(0), length + begin) if begin < 0 else begin
    stop = length + stop if stop <= 0 else min(stop, length)
    if begin >= stop:
        return None
    fps = min(spec.fps, 50) if spec.format == "gif" else spec.fps
    rate = fps / Fraction(str(spec.speed))
    sampled = max(1, int((stop - begin) * rate + Fraction(1, 2)))
    shown = [on_screen(clip, begin + Fraction(2 * tick + 1) / (2 * rate)) for tick in range(sampled)]
    fade = max(1, int(Fraction(str(spec.crossfade)) * fps + Fraction(1, 2))) if spec.crossfade else 0
    shown = shown[fade:] if 2 * fade <= sampled else []
    if spec.reverse:
        shown = shown[::-1]
    if spec.loop == "bounce":
        shown = shown + shown[-2:0:-1]
    changes = sum(one != other for one, other in pairwise(shown))
    slack = max(1, min(int(Fraction(str(spec.slack or 0.5)) * rate), sampled // 4)) if spec.loop == "best" else 0
    size = size_of(spec, *SHOWN.get(name, (128, 96)), shape=SHAPES.get(name))
    return Expected(ticks=len(shown), fps=fps, pictures=1 + changes, size=size, slack=slack)


def size_of(spec: AnimationSpec, width: int, height: int, *, shape: Fraction | None) -> tuple[int, int] | None:
    if ":" in spec.crop:
        wide, high = map(int, spec.crop.split(":"))
        width, height = (
            min(width, round(Fraction(height * wide, high))),
            min(height, round(Fraction(width * high, wide))),
        )
    elif spec.crop:
        left, top, wide, high = map(int, spec.crop.split(","))
        if left + wide > width or top + high > height:
            return None
        width, height = wide, high
    return spec.output_size(width, height, shape=None if spec.crop else shape)


def on_screen(clip: Clip, moment: Fraction) -> int:
    """The last picture that begins before the moment."""
    return min(max(0, math.ceil(moment * clip.rate) - 1), clip.pictures - 1)


@pytest.mark.timeout(60 + TRIES)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(CLIPS)), spec=specs(), start=offsets, end=offsets)
def test_a_random_order_is_carried_out_to_the_letter(
    folder: Path, name: str, spec: AnimationSpec, start: float, end: float
) -> None:
    target = folder / f"out.{spec.format}"
    wanted = expected(name, spec, start, end)
    refused = refusal(wanted)
    event(f"refused: {refused.__name__}" if refused else f"a {spec.format} was made")
    order = Order(spec=spec, start=start, end=end)
    if wanted is None or refused is not None:
        with pytest.raises(refused or EngineError, match=r"crop|crossfade|offset"):
            animate(folder / name, target, order)
        return
    result = animate(folder / name, target, order)
    assert (result.width, result.height) == wanted.size
    ticks = round(Fraction(str(result.duration)) * wanted.fps)
    assert wanted.ticks - 2 * wanted.slack <= ticks <= wanted.ticks + 2 * wanted.slack
    assert abs(Fraction(str(result.duration)) - Fraction(ticks, wanted.fps)) <= Fraction(1, 100)
    legible = min(result.width, result.height) >= LEGIBLE and spec.fit == "scale" and not spec.crop
    exact = legible and not spec.crossfade and not wanted.slack
    most = ticks if spec.crossfade or wanted.slack else wanted.pictures
    assert result.frames == most if exact else 1 <= result.frames <= most
    check_file(target, spec, result.frames, result.duration, (result.width, result.height))


def refusal(wanted: Expected | None) -> type[EngineError] | None:
    if wanted is None:
        return InvalidTimeOffset
    if wanted.ticks == 0:
        return ConfigurationUnsupported
    return InvalidSpec if wanted.size is None else None


def check_file(target: Path, spec: AnimationSpec, frames: int, seconds: float, size: tuple[int, int]) -> None:
    """What Pillow, an independent reader, finds."""
    with Image.open(target) as image:
        assert image.format == spec.format.upper()
        assert image.size == size
        assert getattr(image, "n_frames", 1) == frames
        assert image.info.get("loop") == loop_of(spec)
        total = 0
        for position in range(frames):
            image.seek(position)
            image.load()
            total += int(image.info.get("duration", 0))
        assert abs(total / 1000 - seconds) < 0.0005


def loop_of(spec: AnimationSpec) -> int | None:
    """A WebP tells how often it plays, a GIF how often it comes again, and nothing if it doesn't."""
    if spec.format == "webp" or spec.loop_count == 0:
        return spec.loop_count
    return spec.loop_count - 1 or None
