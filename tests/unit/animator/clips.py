"""Clips that the tests render themselves: every picture carries its own number, so a test can see which one it got."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

Pixels = npt.NDArray[np.uint8]

BITS = 8


def numbered(number: int, *, width: int = 128, height: int = 96) -> Pixels:
    """RGB: the number in BITS black and white blocks along the upper half, a gradient in the lower one."""
    picture = np.empty((height, width, 3), np.uint8)
    ramp = np.linspace(40, 215, width, dtype=np.uint8)
    picture[..., 0], picture[..., 1], picture[..., 2] = ramp, ramp[::-1], 128
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        picture[: height // 2, left:right] = 235 if number >> bit & 1 else 20
    return picture


def number_in(picture: Pixels) -> int:
    """The number that `numbered` wrote, read from an upright picture of any size."""
    height, width = picture.shape[:2]
    row = picture[height // 4]
    centres = [(2 * bit + 1) * width // (2 * BITS) for bit in range(BITS)]
    return sum(1 << bit for bit, centre in enumerate(centres) if row[centre][:3].mean() > 128)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """How to code a clip. `stamps` are the pictures' times in `time_base` units, by default one after the other."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    pictures: int = 20
    rate: int = 10
    width: int = 128
    height: int = 96
    stamps: Sequence[int] | None = None
    time_base: Fraction | None = None
    rotation: int = 0
    aspect: Fraction | None = None
    container: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    muxer: dict[str, str] = field(default_factory=dict)
    colour: dict[str, int] = field(default_factory=dict)
    source: Iterable[av.VideoFrame] | None = None


def render(path: Path, clip: Clip = Clip()) -> Path:
    with av.open(str(path), "w", format=clip.container, options=clip.muxer) as output:
        stream = _stream(output, clip)
        if clip.rotation:
            stream.set_display_rotation(clip.rotation)
        for position, picture in enumerate(_frames(clip)):
            picture.time_base = clip.time_base or Fraction(1, clip.rate)
            picture.pts = clip.stamps[position] if clip.stamps else position
            for packet in stream.encode(picture):
                output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    return path


def _stream(output: av.container.OutputContainer, clip: Clip) -> VideoStream:
    stream = output.add_stream(clip.codec, rate=clip.rate, options=clip.options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, clip.pixel_format
    if clip.time_base:
        stream.codec_context.time_base = clip.time_base
    if clip.aspect:
        stream.codec_context.sample_aspect_ratio = clip.aspect
    for name, value in clip.colour.items():
        setattr(stream.codec_context, name, value)
    return stream


def _frames(clip: Clip) -> Iterable[av.VideoFrame]:
    if clip.source is not None:
        yield from clip.source
        return
    for number in range(clip.pictures):
        picture = numbered(number, width=clip.width, height=clip.height)
        yield av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=clip.pixel_format)
