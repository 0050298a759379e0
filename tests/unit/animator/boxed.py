"""Boxes and elements that no muxer here writes, put into finished files."""

import struct
from pathlib import Path

TREE = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_boxes(path: Path, extra: bytes, *, entry: bytes | None = None) -> Path:
    """More boxes at the end of the first sample entry, which may get another name. The pictures stay where they were.

    Only for files whose moov comes last, as FFmpeg writes them.
    """
    data = bytearray(path.read_bytes())
    begin, end, grown = 0, len(data), []
    for kind in TREE:
        begin = _find(data, kind, begin, end)
        grown.append(begin)
        size = struct.unpack_from(">I", data, begin)[0]
        end, begin = begin + size, begin + (16 if kind == b"stsd" else 8)
    grown.append(begin)
    place = begin + struct.unpack_from(">I", data, begin)[0]
    for at in grown:
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + len(extra))
    if entry is not None:
        data[begin + 4 : begin + 8] = entry
    data[place:place] = extra
    path.write_bytes(data)
    return path


def _find(data: bytearray, kind: bytes, begin: int, end: int) -> int:
    while begin < end:
        size, found = struct.unpack_from(">I4s", data, begin)
        if found == kind:
            return begin
        begin += size
    raise LookupError(kind)


def replaced(path: Path, old: bytes, new: bytes) -> Path:
    """One element by others of the same length together."""
    data = path.read_bytes()
    assert len(old) == len(new)
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))
    return path
