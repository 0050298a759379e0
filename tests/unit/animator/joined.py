"""Files as people have them, made of clips: recordings put one after the other, headers that say something else."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.unit.animator.clips import Clip, numbered, render

FLV_HEADER = 13


def pictures(first: int, last: int, *, clip: Clip) -> Iterator[av.VideoFrame]:
    """Numbered pictures, `last` included."""
    for number in range(first, last + 1):
        pixels = numbered(number, width=clip.width, height=clip.height)
        yield av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=clip.pixel_format)


def joined(path: Path, *pieces: Clip) -> Path:
    """The files of several clips, one after the other, as `cat` and cameras do it."""
    files = [render(path.with_name(f"{n}.{path.name}"), piece).read_bytes() for n, piece in enumerate(pieces)]
    # Of an FLV, a recorder that begins anew goes on with tags: a second header would be the end for every reader.
    begin = FLV_HEADER if path.suffix == ".flv" else 0
    path.write_bytes(files[0] + b"".join(file[begin:] for file in files[1:]))
    return path


def with_sound(path: Path, *, video: str, audio: str, seconds: int, container: str | None = None) -> Path:
    """A second of numbered pictures, ten of them, and sound for so many seconds."""
    with av.open(str(path), "w", format=container) as output:
        seen, heard = output.add_stream(video, rate=10), output.add_stream(audio, rate=44_100)
        heard.bit_rate = 64_000
        seen.width, seen.height, seen.pix_fmt = 128, 96, "yuv420p"
        size = 1152
        kind = "s16" if audio == "mp2" else "fltp"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            output.mux(seen.encode(frame))
        output.mux(seen.encode(None))
        silence = np.zeros((1, size), np.int16 if kind == "s16" else np.float32)
        resampled = av.AudioFifo()
        for number in range(seconds * 44_100 // size):
            frame_ = av.AudioFrame.from_ndarray(silence, format=kind, layout="mono")
            frame_.sample_rate, frame_.pts, frame_.time_base = 44_100, number * size, Fraction(1, 44_100)
            resampled.write(frame_)
            while (block := resampled.read(heard.codec_context.frame_size or size)) is not None:
                output.mux(heard.encode(block))
        output.mux(heard.encode(None))
    return path


def overwritten(path: Path, *changes: tuple[int, bytes]) -> Path:
    data = bytearray(path.read_bytes())
    for place, new in changes:
        data[place : place + len(new)] = new
    path.write_bytes(data)
    return path


def flv_says(path: Path, seconds: float) -> Path:
    at = path.read_bytes().index(b"\0\x08duration\0") + 11
    return overwritten(path, (at, struct.pack(">d", seconds)))


def avi_says(path: Path, seconds: float, *, rate: int) -> Path:
    """In both of its headers."""
    data = path.read_bytes()
    frames = struct.pack("<I", round(seconds * rate))
    return overwritten(path, (data.index(b"avih") + 8 + 16, frames), (data.index(b"strh") + 8 + 32, frames))


def mp4_says(path: Path, seconds: float) -> Path:
    """In the track's media header, and nowhere else."""
    data = path.read_bytes()
    at = data.index(b"mdhd") + 4
    scale = struct.unpack_from(">I", data, at + 12)[0]
    return overwritten(path, (at + 16, struct.pack(">I", round(seconds * scale))))


def asf_says(path: Path, seconds: float) -> Path:
    """File Properties Object: the play duration in units of 100 ns, which counts the preroll, too."""
    at = path.read_bytes().index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    return overwritten(path, (at + 64, struct.pack("<Q", round(seconds * 10**7))))
