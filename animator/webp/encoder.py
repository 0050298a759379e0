"""The WebP encoder: codes what changed, in threads, and writes as it goes (docs/engine.md "How they are coded")."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, NamedTuple

from av import VideoFrame

from animator import kernel
from animator.kernel.webp import Screen, halved
from animator.picture.frames import Canvas, Encoded, Shown
from animator.webp.fallback import NOTE, WholePictures
from animator.webp.mux import Muxer, Still
from animator.webp.scaling import WHOLE
from animator.webp.still import still_of
from animator.webp.tuning import look_ahead, tolerance_for

COLOUR = "smpte170m, limited range"
"""WebP's colours are BT.601 with 16–235/240 by definition: images must come so."""

Coding = Callable[[], Still]
"""Codes what a picture changes; may be called in any thread."""


def pixel_format(*, alpha: bool) -> str:
    return "yuva420p" if alpha else "yuv420p"


class Drawn(NamedTuple):
    """A picture that comes up at tick `first`: `image` with its chroma halved, and `whole`, if it came so, without."""

    first: int
    image: VideoFrame
    whole: VideoFrame | None


class _Pending(NamedTuple):
    first: int
    still: "Future[Still]"


def encode(shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    """animator.picture.frames.Encoder. Images in `COLOUR`, some as webp/scaling.py's `WHOLE`.

    The same bytes whatever the number of threads.
    """
    muxer = Muxer(target, width=canvas.width, height=canvas.height, loop_count=canvas.loop_count)
    pending: deque[_Pending] = deque()

    def write(*, until: int) -> None:
        done = pending.popleft()
        muxer.add(done.still.result(), duration_ms=_ms(until, canvas) - _ms(done.first, canvas))

    with _threads(canvas) as pool, _codings(canvas) as coding_of:
        for picture, ahead in with_ahead(map(_drawn, shown), look_ahead(_bytes(canvas), effort=canvas.effort)):
            if coding := coding_of([picture, *ahead]):
                pending.append(_Pending(picture.first, pool.submit(coding)))
            if len(pending) > 2 * canvas.threads + 1:
                write(until=pending[1].first)
            on_tick(picture.first)
        while pending:
            write(until=pending[1].first if len(pending) > 1 else canvas.ticks)
    muxer.close()
    on_tick(canvas.ticks)
    notes = () if kernel.available() else (NOTE,)
    return Encoded(frames=muxer.frames, duration_ms=_ms(canvas.ticks, canvas), notes=notes)


@contextmanager
def _threads(canvas: Canvas) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(canvas.threads, "webp")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _codings(canvas: Canvas) -> Iterator[Callable[[Sequence[Drawn]], Coding | None]]:
    """What turns pictures, in order, into codings; None for one that shows nothing new."""
    library = kernel.library()
    if library is None:
        whole = WholePictures(quality=canvas.quality, effort=canvas.effort)
        yield lambda pictures: whole.update(pictures[0].image)
        return
    size = {"width": canvas.width, "height": canvas.height}
    tolerance = tolerance_for(canvas.quality, effort=canvas.effort)
    with Screen(library, **size, alpha=canvas.alpha, tolerance=tolerance) as screen:

        def coding_of(pictures: Sequence[Drawn]) -> Coding | None:
            patch = screen.update([one.image for one in pictures], whole=pictures[0].whole)
            return partial(still_of, patch, quality=canvas.quality, effort=canvas.effort) if patch else None

        yield coding_of


def with_ahead(drawn: Iterable[Drawn], most: int) -> Iterator[tuple[Drawn, list[Drawn]]]:
    """Each picture with those that follow it, `most` at most."""
    waiting: deque[Drawn] = deque()
    for picture in drawn:
        waiting.append(picture)
        del picture
        if len(waiting) > most:
            first = waiting.popleft()
            yield first, list(waiting)
            del first
    while waiting:
        first = waiting.popleft()
        yield first, list(waiting)


def _drawn(shown: Shown) -> Drawn:
    library = kernel.library()
    if library is None or shown.image.format.name != WHOLE:
        return Drawn(shown.first, shown.image, None)
    return Drawn(shown.first, halved(shown.image, library), shown.image)


def _bytes(canvas: Canvas) -> int:
    """Of a picture, about."""
    return canvas.width * canvas.height * (5 if canvas.alpha else 3) // 2


def _ms(tick: int, canvas: Canvas) -> int:
    return round(tick * 1000 / canvas.fps)
