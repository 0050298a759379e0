"""The pictures that are on screen at single moments of a source."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from animator.core.timeline import Segment
from animator.read.decode import Picked, Picker, no_one_cares
from animator.read.source import Source
from animator.read.survey import frame_seconds

# One tick of a still: short enough to show the very picture that is on screen at the moment.
RATE = Fraction(1000)


def pictures_at(
    source: Source, moments: Sequence[Fraction], *, on_work: Callable[[], None] = no_one_cares
) -> Iterator[Picked]:
    """One picture for each of `moments`, seconds in ascending order; the last one for those past the end.

    Each is sought, until that has cost as many packets as the source has: its key frames are few, and what is left is
    found on one way through. So no source is read more than about twice. `on_work` is called for every packet.
    Raises ContentMalformed.
    """
    work = _Work(source, on_work)
    for number, moment in enumerate(moments):
        if work.is_much:
            yield from _passed_by(source, moments[number:], on_work=on_work)
            return
        yield next(iter(Picker(source, _instant(moment, moment), fps=RATE, on_work=work.on_packet)))


class _Work:
    """Counts packets, and knows about how many the source has."""

    def __init__(self, source: Source, on_work: Callable[[], None]) -> None:
        self._most = source.duration / frame_seconds(source.stream)
        self._on_work = on_work
        self._packets = 0

    def on_packet(self) -> None:
        self._packets += 1
        self._on_work()

    @property
    def is_much(self) -> bool:
        return self._packets > self._most


def _passed_by(source: Source, moments: Sequence[Fraction], *, on_work: Callable[[], None]) -> Iterator[Picked]:
    segment = _instant(moments[0], moments[-1])
    pictures = iter(Picker(source, segment, fps=RATE, on_work=on_work))
    held, coming = next(pictures), next(pictures, None)
    for moment in moments:
        tick = (moment - segment.start) * RATE
        while coming is not None and coming.first <= tick:
            held, coming = coming, next(pictures, None)
        yield held


def _instant(first: Fraction, last: Fraction) -> Segment:
    return Segment(start=first, end=last + 1 / RATE)
