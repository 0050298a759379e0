"""What a transport stream's programme map (ISO 13818-1 2.4.4.8) says of a stream and FFmpeg's binding doesn't."""

from collections.abc import Iterator

from animator.read.marks import Dolby

PACKET, SYNC, MAP_TABLE = 188, 0x47, 2
DOLBY = 0xB0  # Dolby Vision streams within the MPEG-2 transport stream format, 3.4


def dolby_of(data: bytes, stream_id: int) -> Dolby | None:
    """From the first map in `data`, a stream of packets of 188 bytes, that has the stream with this packet id."""
    for section in _maps(data):
        for said in _descriptors(section, stream_id):
            if said[0] == DOLBY:
                return Dolby.of(said[2:])
    return None


def _maps(data: bytes) -> Iterator[bytes]:
    """Each from its table's number on, as far as one packet holds it."""
    for at in range(0, len(data) - PACKET + 1, PACKET):
        packet = data[at : at + PACKET]
        if packet[0] != SYNC or not packet[1] & 0x40 or not packet[3] & 0x10:
            continue
        begin = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        begin += 1 + packet[begin] if begin < PACKET else 0
        if begin < PACKET - 12 and packet[begin] == MAP_TABLE:
            yield packet[begin:]


def _descriptors(section: bytes, stream_id: int) -> Iterator[bytes]:
    end = min(len(section), 3 + _twelve_bits(section, 1) - 4)
    at = 12 + _twelve_bits(section, 10)
    while at + 5 <= end:
        after = at + 5 + _twelve_bits(section, at + 3)
        if (section[at + 1] & 0x1F) << 8 | section[at + 2] == stream_id:
            yield from _split(section[at + 5 : min(after, end)])
        at = after


def _split(descriptors: bytes) -> Iterator[bytes]:
    while len(descriptors) >= 2:
        yield descriptors[: 2 + descriptors[1]]
        descriptors = descriptors[2 + descriptors[1] :]


def _twelve_bits(data: bytes, at: int) -> int:
    return (data[at] & 0x0F) << 8 | data[at + 1]
