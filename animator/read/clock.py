"""When each picture that a decoder gives is shown, in seconds from its source's beginning."""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice, pairwise

from av import VideoFrame
from av.video.codeccontext import VideoCodecContext

from animator.read.interlace import Timed
from animator.read.packets import LOOK_AHEAD, VideoPacket
from animator.read.source import Source
from animator.read.survey import frame_seconds

# A packet of MPEG-4 that has no more bytes may say that the picture before it stays; then none comes out for it.
AS_BEFORE = 19
# So many pictures, as codecs reorder in practice, are looked at together before doubtful times are believed.
BEFORE_BELIEVING = 8


class Clock:
    """A picture is shown when it says. Where only times of decoding are stored, it is shown when the packet with which
    it comes out is decoded, less what the codec holds pictures back. What says nothing follows the one before.

    `whole`: the source is read from its beginning. `is_doubtful`: its packets say that they are shown in the order in
    which they are decoded, though their codec reorders; that is believed until pictures come out in another order.
    """

    def __init__(self, source: Source, *, whole: bool, is_doubtful: bool) -> None:
        self._source = source
        self._is_untimed = source.survey is not None and source.survey.untimed
        self._by_decoding = source.marks.by_decoding
        self._is_doubtful = is_doubtful and not self._by_decoding
        self._next = Fraction(0) if whole or self._is_untimed else None
        self._last: Fraction | None = None
        self._highest: int | None = None
        self._came_out: int | None = None
        self._small: deque[int] = deque(maxlen=LOOK_AHEAD)

    def see(self, packet: VideoPacket) -> None:
        """To be told of each packet before it is decoded."""
        may_count = (self._by_decoding or self._is_doubtful) and self._codec.name == "mpeg4"
        if may_count and packet.size <= AS_BEFORE and packet.dts is not None:
            self._small.append(packet.dts)

    def timed(self, frames: Iterable[VideoFrame]) -> Iterator[Timed]:
        """Not one, where nothing tells when the first of them is shown."""
        pictures = iter(frames)
        first = list(islice(pictures, BEFORE_BELIEVING)) if self._is_doubtful else []
        stamps = [frame.pts for frame in first if frame.pts is not None]
        self._by_decoding = self._by_decoding or any(after < before for before, after in pairwise(stamps))
        for frame in chain(first, pictures):
            moment = self._moment(frame)
            if moment is None:
                return
            self._last, self._next = moment, moment + self._usual
            yield frame, moment

    def _moment(self, frame: VideoFrame) -> Fraction | None:
        if self._is_untimed:
            return self._next
        stamp = frame.pts if frame.pts is not None else frame.dts
        if self._is_doubtful and stamp is not None:
            self._by_decoding = self._by_decoding or (self._highest is not None and stamp < self._highest)
            self._highest = stamp
        if self._by_decoding:
            return self._decoded(frame)
        return self._next if stamp is None else self._source.seconds(stamp)

    def _decoded(self, frame: VideoFrame) -> Fraction | None:
        """Several may come out with one packet, the first of which is in time."""
        if frame.dts is None:
            return self._next
        late = self._lag + self._skipped(frame.dts) * self._usual
        self._came_out = frame.dts
        moment = self._source.seconds(frame.dts) - late
        return self._next if self._last is not None and moment <= self._last else moment

    def _skipped(self, stamp: int) -> int:
        """How many packets without a picture lie between this one and the one with which the last picture came; where
        none is held back, that makes no difference.
        """
        count = 0
        while self._small and self._small[0] < stamp:
            small = self._small.popleft()
            count += self._came_out is not None and small > self._came_out
        return count if self._codec.reorder_depth else 0

    @property
    def _lag(self) -> Fraction:
        depth, survey = self._codec.reorder_depth, self._source.survey
        if self._source.marks.by_decoding and survey is not None and len(survey.first) > depth:
            return (survey.first[depth] - survey.first[0]) * self._source.time_base
        return depth * self._usual

    @property
    def _usual(self) -> Fraction:
        return frame_seconds(self._source.stream)

    @property
    def _codec(self) -> VideoCodecContext:
        return self._source.stream.codec_context
