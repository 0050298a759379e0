"""Fields to full pictures, one for each that was coded (FFmpeg's bwdif), for the sources that need it."""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

from av import VideoFrame
from av.video.stream import VideoStream

from animator.picture.chain import Chain

Timed = tuple[VideoFrame, Fraction]
# AVFieldOrder: two fields, by coded and displayed order; 0 is unknown, 1 progressive.
FIELD_ORDERS = range(2, 6)


def is_interlaced(stream: VideoStream) -> bool:
    """By the container's or the parser's word; a picture may know better (VideoFrame.interlaced_frame)."""
    return stream.codec_context.field_order in FIELD_ORDERS


def deinterlaced(frames: Iterable[Timed]) -> Iterator[Timed]:
    """Pictures that aren't marked as interlaced pass unchanged."""
    moments: deque[Fraction] = deque()
    chain: Chain | None = None
    for frame, moment in frames:
        chain = chain or Chain(frame, [("bwdif", "mode=send_frame:deint=interlaced")])
        moments.append(moment)
        for image in chain.push(frame):
            yield image, moments.popleft()
    if chain is not None:
        for image in chain.push(None):
            yield image, moments.popleft()
