"""MP4 files whose boxes lie: sizes, counts, durations and offsets that can't be."""

import struct
from collections.abc import Iterator

MOST = 2**32 - 1


def lying(mp4: bytes) -> Iterator[tuple[str, bytes]]:
    """From one proper file, a field at a time."""
    yield "e-no-moov.mp4", _without(mp4, b"moov")
    yield "e-no-mdat.mp4", _without(mp4, b"mdat")
    yield "e-no-ftyp.mp4", _without(mp4, b"ftyp")
    yield "e-two-moov.mp4", mp4 + _box_of(mp4, b"moov")
    for name, value in (("zero", 0), ("one", 1), ("most", MOST)):
        yield f"e-timescale-{name}.mp4", _patched(mp4, b"mvhd", 12, value)
        yield f"e-duration-{name}.mp4", _patched(mp4, b"mvhd", 16, value)
        yield f"e-media-timescale-{name}.mp4", _patched(mp4, b"mdhd", 12, value)
        yield f"e-media-duration-{name}.mp4", _patched(mp4, b"mdhd", 16, value)
    for kind in (b"stts", b"stsz", b"stsc", b"stco", b"ctts", b"stss"):
        at = 8 if kind == b"stsz" else 4
        yield f"e-{kind.decode()}-count-most.mp4", _patched(mp4, kind, at, 10**9)
        yield f"e-{kind.decode()}-first-most.mp4", _patched(mp4, kind, at + 4, MOST)
        yield f"e-{kind.decode()}-gone.mp4", mp4.replace(kind, b"free")
    for kind in (b"moov", b"trak", b"mdat", b"stbl"):
        for size in (0, 1, 7, MOST):
            yield f"e-{kind.decode()}-size-{size}.mp4", _patched(mp4, kind, -8, size)
    for width, height in ((0, 0), (65535, 65535), (1, 65535)):
        yield f"e-size-{width}x{height}.mp4", _patched(mp4, b"avc1", 24, width << 16 | height)
    yield "e-avcc-garbage.mp4", _patched(mp4, b"avcC", 0, MOST)
    yield "e-nested.mp4", mp4[: _start(mp4, b"moov")] + _nested(3000)
    yield (
        "e-many-trak.mp4",
        mp4 + struct.pack(">I4s", 8 + 20_000 * 8, b"moov") + struct.pack(">I4s", 8, b"trak") * 20_000,
    )
    yield "e-many-free.mp4", mp4[:32] + struct.pack(">I4s", 8, b"free") * 200_000 + mp4[32:]


def _start(data: bytes, kind: bytes) -> int:
    return data.index(kind) - 4


def _box_of(data: bytes, kind: bytes) -> bytes:
    start = _start(data, kind)
    return data[start : start + int.from_bytes(data[start : start + 4], "big")]


def _without(data: bytes, kind: bytes) -> bytes:
    return data.replace(_box_of(data, kind), b"")


def _patched(data: bytes, kind: bytes, offset: int, value: int) -> bytes:
    """Four bytes at `offset` from the content's begin; without such a box the file is as it was, but for a mark."""
    if kind not in data:
        return data + kind
    at = data.index(kind) + 4 + offset
    return data[:at] + struct.pack(">I", value & MOST) + data[at + 4 :]


def _nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = struct.pack(">I4s", 8 + len(inner), b"moov") + inner
    return inner
