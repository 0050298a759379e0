"""AVI and Matroska files written chunk by chunk, as programs wrote them that had no muxer of FFmpeg's."""

import struct
from collections.abc import Sequence

from tests.unit.animator.clips import Clip

Packets = Sequence[tuple[bytes, bool]]
KEY_FRAME = 0x10


def avi(packets: Packets, clip: Clip, *, fourcc: bytes, parameters: bytes = b"") -> bytes:
    """Packets, each with whether it is a key frame, one after the other; `parameters` are the codec's own."""
    size, count = (clip.width, clip.height), len(packets)
    main = struct.pack("<14I", 10**6 // clip.rate, 0, 0, KEY_FRAME, count, 0, 1, 0, *size, 0, 0, 0, 0)
    stream = struct.pack(
        "<4s4sIHHIIIIIIII4H", b"vids", fourcc, 0, 0, 0, 0, 1, clip.rate, 0, count, 0, 2**32 - 1, 0, 0, 0, *size
    )
    about = _chunk(b"strh", stream) + _chunk(b"strf", bitmap(clip, fourcc) + parameters)
    movie, index = b"movi", b""
    for data, is_key in packets:
        index += struct.pack("<4sIII", b"00dc", KEY_FRAME if is_key else 0, len(movie), len(data))
        movie += _chunk(b"00dc", data)
    header = _chunk(b"LIST", b"hdrl" + _chunk(b"avih", main) + _chunk(b"LIST", b"strl" + about))
    return _chunk(b"RIFF", b"AVI " + header + _chunk(b"LIST", movie) + _chunk(b"idx1", index))


def bitmap(clip: Clip, fourcc: bytes) -> bytes:
    """What Windows says of a picture (BITMAPINFOHEADER)."""
    size = clip.width * clip.height * 3
    return struct.pack("<IiiHH4sIiiII", 40, clip.width, clip.height, 1, 24, fourcc, size, 0, 0, 0, 0)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def matroska(packets: Packets, clip: Clip, *, codec: bytes, private: bytes = b"", stated: int | None = None) -> bytes:
    """A cluster for each key frame; `stated` is what the track says that a picture lasts, in ns."""
    head = _element(0x1A45DFA3, _element(0x4282, b"matroska"))
    info = _element(0x1549A966, _element(0x2AD7B1, (10**6).to_bytes(3)))
    size = _element(0xB0, clip.width.to_bytes(2)) + _element(0xBA, clip.height.to_bytes(2))
    track = b"".join(_element(kind, b"\1") for kind in (0xD7, 0x73C5, 0x83)) + _element(0x86, codec)
    track += (_element(0x63A2, private) if private else b"") + _element(0xE0, size)
    track += _element(0x23E383, stated.to_bytes(8)) if stated else b""
    clusters: list[list[bytes]] = []
    begin = 0
    for number, (data, is_key) in enumerate(packets):
        moment = number * 1000 // clip.rate
        if is_key or not clusters:
            begin = moment
            clusters.append([_element(0xE7, begin.to_bytes(4))])
        clusters[-1].append(_element(0xA3, b"\x81" + struct.pack(">hB", moment - begin, 0x80 * is_key) + data))
    body = b"".join(_element(0x1F43B675, b"".join(cluster)) for cluster in clusters)
    return head + _element(0x18538067, info + _element(0x1654AE6B, _element(0xAE, track)) + body)


def _element(kind: int, content: bytes) -> bytes:
    return kind.to_bytes((kind.bit_length() + 7) // 8) + (1 << 56 | len(content)).to_bytes(8) + content
