"""The parts of a GIF on their way from the plan to the file, so many at a time that both processors are busy."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from ctypes import CDLL
from typing import Self

from animator.gif.file import Picture
from animator.kernel.gif import SETTLED_LATE, Part, Planner
from animator.picture.frames import Canvas


class Parts:
    """A fixed number of parts that are used again and again.

    A part is planned here, compressed in a thread, settled SETTLED_LATE parts later, and then free for another picture.
    """

    def __init__(self, library: CDLL, canvas: Canvas) -> None:
        self._pool: Executor | None = ThreadPoolExecutor(canvas.threads) if canvas.threads > 1 else None
        size = {"width": canvas.width, "height": canvas.height}
        self._free = [Part(library, **size) for _ in range(SETTLED_LATE + 1)]
        self._busy: deque[tuple[Part, Callable[[], Picture]]] = deque()

    def plan(self, planner: Planner) -> Callable[[], Picture] | None:
        """Plan the planner's next picture and have it compressed; None when it shows nothing new."""
        if len(self._busy) == SETTLED_LATE:
            self._settle_oldest(planner)
        part = self._free[-1]
        if not planner.plan(part):
            return None
        picture = self._compression(self._free.pop())
        self._busy.append((part, picture))
        return picture

    def _settle_oldest(self, planner: Planner) -> None:
        part, picture = self._busy.popleft()
        picture()
        planner.settle(part)
        self._free.append(part)

    def _compression(self, part: Part) -> Callable[[], Picture]:
        if self._pool:
            return self._pool.submit(compressed, part).result
        picture = compressed(part)
        return lambda: picture

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        for part in [*self._free, *(part for part, _ in self._busy)]:
            part.close()


def compressed(part: Part) -> Picture:
    head = part.head
    place = {"x": head.x, "y": head.y, "width": head.width, "height": head.height}
    return Picture(**place, palette=part.palette(), data=part.compress(), wiped=bool(head.clear))
