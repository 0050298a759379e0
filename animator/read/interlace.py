"""Fields to full pictures, one for each that was coded (FFmpeg's bwdif), for the sources that need it."""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

from av import VideoFrame
from av.video.stream import VideoStream

from animator.picture.chain import Chain, shape_of

Timed = tuple[VideoFrame, Fraction]
# AVFieldOrder: two fields, by coded and displayed order; 0 is unknown, 1 progressive.
FIELD_ORDERS = range(2, 6)


# Containers that may know better; and codecs whose pictures say by themselves what they are made of.
MARKING = ("mov", "matroska")
TELLING_CODECS = frozenset({"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4", "vc1", "wmv3", "prores", "dvvideo"})


def are_fields(stream: VideoStream) -> bool:
    """By the container's or the parser's word; a picture may know better (VideoFrame.interlaced_frame)."""
    return stream.codec_context.field_order in FIELD_ORDERS


def deinterlaced(frames: Iterable[Timed], stream: VideoStream) -> Iterator[Timed]:
    """Pictures that are whole pass unchanged.

    Where only the container speaks of fields, all pictures are taken for such until one says by itself that it is.
    """
    weaver = _Weaver(by_container=are_fields(stream) and _may_be_alone(stream))
    for frame, moment in frames:
        yield from weaver.push(frame, moment)
    yield from weaver.end()


def _may_be_alone(stream: VideoStream) -> bool:
    """Whether the container's word may be all that tells of fields."""
    return stream.container.format.name.startswith(MARKING) or stream.codec_context.name not in TELLING_CODECS


class _Weaver:
    """A chain for each kind of picture: when the size or the format changes, the old one gives what it has."""

    def __init__(self, *, by_container: bool) -> None:
        self._by_container = by_container
        self._moments: deque[Fraction] = deque()
        self._chain: Chain | None = None
        self._shape: tuple[object, ...] = ()

    def push(self, frame: VideoFrame, moment: Fraction) -> Iterator[Timed]:
        self._by_container = self._by_container and not frame.interlaced_frame
        shape = (*shape_of(frame), self._by_container)
        if self._chain is None or shape != self._shape:
            yield from self.end()
            which = "all" if self._by_container else "interlaced"
            self._chain = Chain(frame, [("bwdif", f"mode=send_frame:deint={which}")])
            self._shape = shape
        self._moments.append(moment)
        for image in self._chain.push(frame):
            yield image, self._moments.popleft()

    def end(self) -> Iterator[Timed]:
        if self._chain is not None:
            for image in self._chain.push(None):
                yield image, self._moments.popleft()
