"""How often the sequence of an AVIF plays, as its standard has it (AVIF 1.1, 3.1; ISO/IEC 14496-12, 8.6.6)."""

import struct
from collections.abc import Iterator
from pathlib import Path

WITHIN = (b"moov", b"trak", b"edts")
REPEATS = 1  # a flag of the edit list
FOR_EVER = 2**64 - 1, 2**63 - 1, 2**32 - 1


def plays_of(path: Path) -> int:
    """0 for ever. A repeated edit list is played until the track's duration is over, which is told apart from it."""
    data = path.read_bytes()
    found = {kind: data[begin:end] for kind, begin, end in _boxes(data, 0, len(data))}
    version, flags = found[b"elst"][0], int.from_bytes(found[b"elst"][1:4])
    (edits,) = struct.unpack_from(">I", found[b"elst"], 4)
    assert edits == 1
    (edit,) = struct.unpack_from(">Q" if version else ">I", found[b"elst"], 8)
    long = found[b"tkhd"][0] == 1
    (track,) = struct.unpack_from(">Q" if long else ">I", found[b"tkhd"], 4 + (24 if long else 16))
    if not flags & REPEATS:
        assert track == edit
        return 1
    return 0 if track in FOR_EVER else -(-track // edit)


def _boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each with where its content lies, those within others, too."""
    while begin < end:
        size, kind = struct.unpack_from(">I4s", data, begin)
        yield kind, begin + 8, begin + size
        if kind in WITHIN:
            yield from _boxes(data, begin + 8, begin + size)
        begin += size
