"""A short clip of our own with real motion, for a new installation's first page and for tests.

A ball hops over rolling hills under a wheeling sun. All of it repeats every three seconds, so three seconds loop.
"""

import math
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw

PERIOD = 3.0  # seconds
# With one thread, and what x264's assembler does alike at any time: the same clip everywhere.
OPTIONS = {"crf": "18", "preset": "veryfast", "x264-params": "cpu-independent=1"}
_SCALE = 2  # drawn twice as large and scaled down: smooth edges


def render_sample(target: Path, *, seconds: float = 6.0, width: int = 640, height: int = 360, fps: int = 25) -> Path:
    """Write an H.264 MP4 (yuv420p, BT.601, a key frame a second, B-frames) of `seconds` at `target` and return it.

    The same bytes each time, by the same codec.
    """
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={**OPTIONS, "g": str(fps)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        for number in range(round(seconds * fps)):
            picture = _picture(number / fps, width=width, height=height)
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


def _picture(time: float, *, width: int, height: int) -> Image.Image:
    """One frame at `time` seconds. Coordinates below are in units of the picture's height."""
    unit = height * _SCALE
    image = Image.new("RGB", (width * _SCALE, unit))
    draw = ImageDraw.Draw(image)
    phase = time / PERIOD % 1.0
    aspect = width / height
    _sky(draw, width=image.width, height=unit)
    _sun(draw, unit=unit, centre=(aspect * 0.78, 0.26), phase=phase)
    for depth, colour in enumerate([(126, 168, 190), (92, 143, 132), (58, 110, 84)]):
        _hills(draw, unit=unit, aspect=aspect, phase=phase, depth=depth, colour=colour)
    _ball(draw, unit=unit, x=aspect * 0.4, phase=phase)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _sky(draw: ImageDraw.ImageDraw, *, width: int, height: int) -> None:
    for y in range(height):
        share = y / height
        draw.line([(0, y), (width, y)], fill=(int(250 - 90 * share), int(214 - 8 * share), int(178 + 62 * share)))


def _sun(draw: ImageDraw.ImageDraw, *, unit: int, centre: tuple[float, float], phase: float) -> None:
    x, y = centre[0] * unit, centre[1] * unit
    for ray in range(12):
        angle = math.tau * (ray + phase * 4) / 12
        tip = (x + math.cos(angle) * 0.19 * unit, y + math.sin(angle) * 0.19 * unit)
        draw.line([(x, y), tip], fill=(255, 236, 160), width=unit // 60)
    _disc(draw, x, y, 0.11 * unit, 0.11 * unit, (255, 224, 102))


def _hills(
    draw: ImageDraw.ImageDraw, *, unit: int, aspect: float, phase: float, depth: int, colour: tuple[int, int, int]
) -> None:
    """One ridge, drifting left: a whole number of its waves passes in a period."""
    length = aspect / (depth + 1)
    base, swing = 0.62 + 0.1 * depth, 0.07 - 0.015 * depth
    points = [
        (x * aspect * unit / 96, (base + swing * math.sin(math.tau * (x * aspect / 96 / length + phase))) * unit)
        for x in range(97)
    ]
    draw.polygon([*points, (aspect * unit, unit), (0, unit)], fill=colour)


def _ball(draw: ImageDraw.ImageDraw, *, unit: int, x: float, phase: float) -> None:
    """Three hops a period, squashed where it lands; its shadow shrinks as it rises."""
    hop = phase * 3 % 1.0
    rise = 4 * hop * (1 - hop)
    squash = 1 - 0.35 * max(0.0, 1 - rise * 6)
    radius, ground = 0.085 * unit, 0.86 * unit
    _disc(draw, x * unit, ground, radius * (1.1 - 0.5 * rise), radius * 0.2, (38, 78, 60))
    y = ground - radius * squash - rise * 0.42 * unit
    _disc(draw, x * unit, y, radius / squash, radius * squash, (226, 74, 92))
    turn = math.tau * phase * 3
    spot = (x * unit + math.cos(turn) * radius * 0.5, y + math.sin(turn) * radius * 0.5 * squash)
    _disc(draw, *spot, radius * 0.26, radius * 0.26 * squash, (255, 240, 240))


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
    draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=colour)
