"""What a stream says once, at its beginning, and means for all that follows: its decoder goes by that.

A stream that is sought to a later key frame doesn't say it again. Builds of x264 before 151 coded 4:4:4 in a way of
their own, and decoders ask their number: all pictures would come out as noise, without an error. Some recorders say
how they were held with their first picture alone.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

SAYS = b"x264 - core "
# Names of pixels, which say how their colours are sampled, too.
CONCERNED = ("yuv444", "yuvj444", "gbr")
# H.264 (7.4.1, D.1) and HEVC (7.4.2.2, D.2.1): units of messages beside the pictures, and the message of how they turn.
UNITS = {"h264": 6, "hevc": 39}
TURNED = 47
_FIRST = 16  # packets
_LARGEST = 1 << 20  # bytes of a first packet
_START = b"\0\0\1"


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


def said_once(packets: "Iterable[bytes | Packet[VideoStream]]", stream: VideoStream) -> bytes:
    """The units that say it, as they stand in the stream's first packets; b"" without one."""
    name, length = stream.codec_context.name, _length(stream)
    found: dict[bytes, None] = {}
    for number, packet in enumerate(packets):
        for unit, payload in _units(bytes(packet), length, name):
            signs = needs_more(stream) and SAYS in unit
            turns = number == 0 and TURNED in _messages(payload[2 if name == "hevc" else 1 :])
            if signs or turns:
                found[unit] = None
    return b"".join(found)


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
