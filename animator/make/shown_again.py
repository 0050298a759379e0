"""What a finished file shows, read back as others do: by Pillow what a page shows as an image, by FFmpeg films."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from PIL import Image, ImageSequence

FILMS = (".mp4", ".webm")
IMAGES = ("GIF", "WEBP", "AVIF", "PNG")
# FFmpeg's own decoder of VP9 passes over transparency.
_WITH_ALPHA = "libvpx-vp9"


def pictures_of(file: Path, *, fps: Fraction) -> Iterator[tuple[int, Image.Image]]:
    """RGBA pictures of a file that the engine wrote, each with the first tick whose middle it is on screen at."""
    return _of_film(file, fps=fps) if file.suffix in FILMS else _of_image(file, fps=fps)


def _of_image(file: Path, *, fps: Fraction) -> Iterator[tuple[int, Image.Image]]:
    clock = Fraction(0)
    with Image.open(file, formats=IMAGES) as image:
        for frame in ImageSequence.Iterator(image):
            yield max(0, round(clock / 1000 * fps)), frame.convert("RGBA")
            clock += Fraction(frame.info.get("duration", 0))


def _of_film(file: Path, *, fps: Fraction) -> Iterator[tuple[int, Image.Image]]:
    with av.open(f"file:{file.absolute()}") as container:
        stream = container.streams.video[0]
        decoder = stream.codec_context
        if stream.codec_context.name == "vp9":
            decoder = cast(VideoCodecContext, CodecContext.create(_WITH_ALPHA, "r"))
            decoder.extradata = stream.codec_context.extradata
        for packet in container.demux(stream):
            for frame in decoder.decode(packet if packet.size else None):
                moment = Fraction(frame.pts or 0) * cast(Fraction, stream.time_base)
                yield round(moment * fps), Image.fromarray(frame.to_ndarray(format="rgba"), "RGBA")
