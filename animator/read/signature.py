"""What x264 says of itself, once, at the beginning of a stream: its decoder goes by that, wherever it begins.

Builds before 151 coded 4:4:4 in a way of their own, and decoders ask their number. A stream that is sought to a later
key frame doesn't say it again, and all its pictures come out as noise, without an error.
"""

from collections.abc import Iterator
from itertools import islice

from av.container import InputContainer
from av.video.stream import VideoStream

SAYS = b"x264 - core "
# Names of pixels, which say how their colours are sampled, too.
CONCERNED = ("yuv444", "yuvj444", "gbr")
_SEI, _KIND = 6, 0x1F
_FIRST = 16  # packets
_START = b"\0\0\1"


def needs_signature(stream: VideoStream) -> bool:
    context = stream.codec_context
    return context.name == "h264" and (context.pix_fmt or "").startswith(CONCERNED)


def signature_of(container: InputContainer, stream: VideoStream) -> bytes:
    """The unit that says it, as it stands in the stream; b"" without one. Reads the container's first packets."""
    prefix = stream.codec_context.extradata
    length = (prefix[4] & 3) + 1 if prefix and prefix[0] == 1 and len(prefix) > 4 else 0  # avcC, else start codes
    for packet in islice(container.demux(stream), _FIRST):
        for unit in _by_length(bytes(packet), length) if length else _by_start(bytes(packet)):
            if SAYS in unit:
                return unit
    return b""


def _by_length(data: bytes, length: int) -> Iterator[bytes]:
    at = 0
    while at + length < len(data):
        end = at + length + int.from_bytes(data[at : at + length])
        if data[at + length] & _KIND == _SEI:
            yield data[at:end]
        at = end


def _by_start(data: bytes) -> Iterator[bytes]:
    begins = data.find(_START)
    while begins >= 0:
        end = data.find(_START, begins + len(_START))
        unit = data[begins : end if end >= 0 else len(data)]
        if len(unit) > len(_START) and unit[len(_START)] & _KIND == _SEI:
            yield unit
        begins = end
