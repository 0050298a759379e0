"""What a stream says once, at its beginning, and means for all that follows: its decoder goes by that.

A stream that is sought to a later key frame doesn't say it again. Builds of x264 before 151 coded 4:4:4 in a way of
their own, and decoders ask their number: all pictures would come out as noise, without an error. Some recorders say
how they were held with their first picture alone.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

SAYS = b"x264 - core "
# Names of pixels, which say how their colours are sampled, too.
CONCERNED = ("yuv444", "yuvj444", "gbr")
# H.264 (7.4.1, D.1) and HEVC (7.4.2.2, D.2.1): units of messages beside the pictures, and the message of how they turn.
UNITS = {"h264": 6, "hevc": 39}
TURNED, HAS_ALPHA = 47, 165
# Where the arrays of units begin in HEVC's parameters (ISO 14496-15, 8.3.2.1).
ARRAYS = 22
_FIRST = 16  # packets
_LARGEST = 1 << 20  # bytes of a first packet
_START = b"\0\0\1"


class Said(NamedTuple):
    """Fields:
    units: what a decoder has to be told again, as it stands in the stream
    alpha: whether a second layer of the stream says how transparent the first one is
    """

    units: bytes = b""
    alpha: bool = False


def may_say(stream: VideoStream) -> bool:
    return stream.codec_context.name in UNITS


def first_of_index(path: Path, stream: VideoStream) -> bytes:
    """The first packet of a file whose index tells where it is; b"" for others."""
    entries = stream.index_entries
    if not stream.container.format.name.startswith("mov") or not len(entries) or not 0 < entries[0].size <= _LARGEST:
        return b""
    with path.open("rb") as file:
        file.seek(entries[0].pos)
        return file.read(entries[0].size)


def needs_more(stream: VideoStream) -> bool:
    """Whether x264 may say its number, in one of the first packets."""
    context = stream.codec_context
    return context.name == "h264" and (context.pix_fmt or "").startswith(CONCERNED)


def first_packets(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    return islice(container.demux(stream), _FIRST if needs_more(stream) else 1)


def said_once(packets: "Iterable[bytes | Packet[VideoStream]]", stream: VideoStream) -> Said:
    """What the stream's first packets and its parameters say."""
    name, length = stream.codec_context.name, _length(stream)
    found: dict[bytes, None] = {}
    alpha = name == "hevc" and any(HAS_ALPHA in _messages(unit[2:]) for unit in _parameters(stream))
    for number, packet in enumerate(packets):
        for unit, payload in _units(bytes(packet), length, name):
            messages = set(_messages(payload[2 if name == "hevc" else 1 :])) if number == 0 else set[int]()
            alpha |= name == "hevc" and HAS_ALPHA in messages
            if TURNED in messages or (needs_more(stream) and SAYS in unit):
                found[unit] = None
    return Said(b"".join(found), alpha)


def _parameters(stream: VideoStream) -> Iterator[bytes]:
    """The units of messages that HEVC's parameters have."""
    data = stream.codec_context.extradata or b""
    if len(data) <= ARRAYS or data[0] != 1:
        return
    at = ARRAYS + 1
    for _ in range(data[ARRAYS]):
        kind, count, at = data[at] & 0x3F if at < len(data) else 0, int.from_bytes(data[at + 1 : at + 3]), at + 3
        for _ in range(count):
            end = at + 2 + int.from_bytes(data[at : at + 2])
            if kind == UNITS["hevc"]:
                yield data[at + 2 : end]
            at = end


def _length(stream: VideoStream) -> int:
    """How many bytes tell how long a unit is; 0 where start codes lie between them."""
    parameters, at = stream.codec_context.extradata, 21 if stream.codec_context.name == "hevc" else 4
    return (parameters[at] & 3) + 1 if parameters and parameters[0] == 1 and len(parameters) > at else 0


def _units(data: bytes, length: int, codec: str) -> Iterator[tuple[bytes, bytes]]:
    """Units of messages, each as it stands there and without what precedes it."""
    for unit, begin in _by_length(data, length) if length else _by_start(data):
        head = unit[begin] if begin < len(unit) else 0
        if (head >> 1 & 0x3F if codec == "hevc" else head & 0x1F) == UNITS[codec]:
            yield unit, unit[begin:]


def _messages(data: bytes) -> Iterator[int]:
    """The kinds of messages in a unit."""
    at = 0
    while at + 2 < len(data):
        numbers = []
        for _ in range(2):
            number = 0
            while at < len(data) and data[at] == 0xFF:
                number, at = number + 0xFF, at + 1
            numbers.append(number + (data[at] if at < len(data) else 0))
            at += 1
        yield numbers[0]
        at += numbers[1]


def _by_length(data: bytes, length: int) -> Iterator[tuple[bytes, int]]:
    at = 0
    while at + length < len(data):
        end = at + length + int.from_bytes(data[at : at + length])
        yield data[at:end], length
        at = end


def _by_start(data: bytes) -> Iterator[tuple[bytes, int]]:
    begins = data.find(_START)
    while begins >= 0:
        end = data.find(_START, begins + len(_START))
        yield data[begins : end if end >= 0 else len(data)], len(_START)
        begins = end
