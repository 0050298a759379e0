"""Pictures that are tried at one quality after the other: decoded and scaled once, and kept for the next try."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from animator.core.order import AnimationSpec
from animator.core.rate import rate_of
from animator.make.ladder import unlimited
from animator.make.work import Taken, Work, taken
from animator.picture.frames import Shown
from animator.webp.scaling import BEST_QUALITY

# So many bytes of them are kept at most; of more pictures none.
MOST_BYTES = 100_000_000


class Kept:
    """Of the size and rate that were asked for last: of another one nothing is kept any more. All is let go when the
    context is left.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._held: _Held | None = None
        self._work: Work | None = None

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @contextmanager
    def taken(self, work: Work) -> Iterator[Taken]:
        """As work.taken, of the same source each time. Its pictures are those of the last time, as far as they came
        then, and go on from there. Raises EngineError.
        """
        self._work = work
        shape = _shape(work.order.spec)
        if self._held is None or self._held.shape != shape:
            self._open.close()
            self._held = None
            way = self._open.enter_context(taken(work._replace(on_progress=self._pass_on)))
            if way.take.scaled_bytes > MOST_BYTES:
                yield way
                return
            self._held = _Held(shape, way, _Replayed(way.shown))
        yield self._held.again(work.order.spec)

    def _pass_on(self, done: float) -> None:
        """Whoever asked last is told of progress."""
        if self._work is not None:
            self._work.on_progress(done)


class _Replayed:
    """The same pictures each time; those that nobody has asked for yet are on their way."""

    def __init__(self, coming: Iterator[Shown]) -> None:
        self._coming = coming
        self._came: list[Shown] = []

    def __iter__(self) -> Iterator[Shown]:
        yield from self._came
        for picture in self._coming:
            self._came.append(picture)
            yield picture


class _Held(NamedTuple):
    shape: AnimationSpec
    way: Taken
    pictures: _Replayed

    def again(self, spec: AnimationSpec) -> Taken:
        take = self.way.take
        take = take._replace(spec=spec, canvas=take.canvas._replace(quality=spec.quality))
        return self.way._replace(take=take, shown=iter(self.pictures))


def _shape(spec: AnimationSpec) -> AnimationSpec:
    """The same for all qualities whose pictures are scaled alike."""
    quality = BEST_QUALITY if spec.quality >= BEST_QUALITY else 1.0
    return unlimited(spec, quality=quality, fps=int(rate_of(spec)))
