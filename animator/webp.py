"""The WebP encoder: codes what changed, in threads, and writes the file as it goes (engine.md 3)."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from animator.frames import Canvas, Encoded, Shown
from animator.webp_mux import Muxer, Still
from animator.webp_screen import Screen
from animator.webp_still import still_of
from animator.webp_tolerance import Tolerance

COLOUR = "smpte170m, limited range"
"""WebP's colours are BT.601 with 16–235/240 by definition: images must come so."""


def pixel_format(*, alpha: bool) -> str:
    return "yuva420p" if alpha else "yuv420p"


@dataclass(frozen=True, slots=True)
class _Pending:
    first: int
    still: "Future[Still]"


def encode(shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    """animator.frames.Encoder. Images in `COLOUR`. The same bytes whatever the number of threads."""
    muxer = Muxer(target, width=canvas.width, height=canvas.height)
    screen = Screen(Tolerance.at(canvas.quality))
    pending: deque[_Pending] = deque()

    def write(*, until: int) -> None:
        done = pending.popleft()
        muxer.add(done.still.result(), duration_ms=_ms(until, canvas) - _ms(done.first, canvas))

    pool = ThreadPoolExecutor(canvas.threads, "webp")
    try:
        for picture in shown:
            patch = screen.update(picture.image)
            if patch is not None:
                pending.append(_Pending(picture.first, pool.submit(still_of, patch, quality=canvas.quality)))
            if len(pending) > 2 * canvas.threads + 1:
                write(until=pending[1].first)
            on_tick(picture.first)
        while pending:
            write(until=pending[1].first if len(pending) > 1 else canvas.ticks)
    finally:
        pool.shutdown(cancel_futures=True)
    muxer.close()
    on_tick(canvas.ticks)
    return Encoded(frames=muxer.frames, duration_ms=_ms(canvas.ticks, canvas))


def _ms(tick: int, canvas: Canvas) -> int:
    return round(tick * 1000 / canvas.fps)
