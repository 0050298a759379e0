"""Encryption in the containers that have no boxes for it: a bit in a packet's header, an object in the file's."""

from collections.abc import Iterator
from typing import BinaryIO

from animator.read.marks import PLAIN, Marks
from animator.read.programmes import dolby_of

# So much of a stream is looked at: programmes change from clear to scrambled, but not within a blink.
LOOK = 1 << 20
KNOWN = frozenset({"mpegts", "mpeg", "asf", "flv", "mxf"})
SYNC, PACKET_SIZES = 0x47, (188, 192, 204)
# Scrambled packets among a stream's own that make it more than a bit error.
TELLING_SHARE = 0.1
PES_STARTS = tuple(bytes((0, 0, 1, 0xE0 + number)) for number in range(16))
ASF_OBJECTS = tuple(
    bytes.fromhex(guid)
    # Content Encryption Object and Extended Content Encryption Object (ASF 3.14, 3.15).
    for guid in ("fbb3112223bdd211b4b700a0c955fc6e", "14e68a292226174cb935dae07ee9289c")
)
MXF_TRIPLET = bytes.fromhex("060e2b34020401070d010301027e0100")
FLV_HEADER, FLV_TAG, FLV_FILTERED = 13, 11, 0x20


def marks_of_stream(file: BinaryIO, container: str, stream_id: int) -> Marks:
    """`container` is FFmpeg's name of the format, `stream_id` the video's packet id in a transport stream."""
    if container not in KNOWN:
        return PLAIN
    file.seek(0)
    data = file.read(LOOK)
    dolby = dolby_of(data, stream_id) if container == "mpegts" else None
    return Marks(encrypted=_is_scrambled(data, container, stream_id), dolby=dolby)


def _is_scrambled(data: bytes, container: str, stream_id: int) -> bool:
    if container == "mpegts":
        return _share(_transport(data, stream_id)) > TELLING_SHARE
    if container == "mpeg":
        return _share(_program(data)) > TELLING_SHARE
    if container == "asf":
        return any(name in data[: int.from_bytes(data[16:24], "little")] for name in ASF_OBJECTS)
    if container == "flv":
        return any(_flash(data))
    return MXF_TRIPLET in data


def _share(scrambled: Iterator[bool]) -> float:
    found = list(scrambled)
    return sum(found) / len(found) if found else 0.0


def _transport(data: bytes, stream_id: int) -> Iterator[bool]:
    """ISO 13818-1 2.4.3.3: transport_scrambling_control of the packets that carry something."""
    for size in PACKET_SIZES:
        begin = next(
            (n for n in range(size) if all(data[n + k * size : n + k * size + 1] == b"G" for k in range(4))), -1
        )
        if begin >= 0:
            for at in range(begin, len(data) - 3, size):
                same = (data[at + 1] & 0x1F) << 8 | data[at + 2] == stream_id
                if data[at] == SYNC and same and data[at + 3] & 0x10:
                    yield bool(data[at + 3] & 0xC0)
            return


def _program(data: bytes) -> Iterator[bool]:
    """ISO 13818-1 2.4.3.6: PES_scrambling_control of the pictures' packets."""
    for start in PES_STARTS:
        at = data.find(start)
        while 0 <= at < len(data) - 7:
            if data[at + 6] & 0xC0 == 0x80:
                yield bool(data[at + 6] & 0x30)
            at = data.find(start, at + 6)


def _flash(data: bytes) -> Iterator[bool]:
    """Video File Format 10.1, annex E.4.1: a tag's filter bit."""
    at = FLV_HEADER
    while at + FLV_TAG <= len(data):
        yield bool(data[at] & FLV_FILTERED)
        at += FLV_TAG + int.from_bytes(data[at + 1 : at + 4]) + 4
