"""The parts of a GIF on their way from the plan to the file: while one is compressed the next is looked at."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from ctypes import CDLL
from typing import Self

from animator.gif.file import Picture
from animator.kernel.gif import Part, Planner
from animator.picture.frames import Canvas


class Parts:
    """Two parts that are used in turns.

    A part is planned here, compressed in a thread, settled before the next one is planned, and then free for another
    picture.
    """

    def __init__(self, library: CDLL, canvas: Canvas) -> None:
        self._pool: Executor | None = ThreadPoolExecutor(1) if canvas.threads > 1 else None
        size = {"width": canvas.width, "height": canvas.height}
        self._free = [Part(library, **size) for _ in range(2)]
        self._busy: tuple[Part, Callable[[], Picture]] | None = None

    def plan(self, planner: Planner) -> Callable[[], Picture] | None:
        """Plan the planner's next picture and have it compressed; None when it shows nothing new."""
        part = self._free[-1]
        planner.prepare(part)
        if self._busy:
            self._settle(planner, *self._busy)
        if not planner.plan(part):
            return None
        self._free.remove(part)
        picture = self._compression(part)
        self._busy = part, picture
        return picture

    def _settle(self, planner: Planner, part: Part, picture: Callable[[], Picture]) -> None:
        picture()
        planner.settle(part)
        self._free.insert(0, part)
        self._busy = None

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
        for part in [*self._free, *([self._busy[0]] if self._busy else [])]:
            part.close()


def compressed(part: Part) -> Picture:
    head = part.head
    place = {"x": head.x, "y": head.y, "width": head.width, "height": head.height}
    return Picture(**place, palette=part.palette(), data=part.compress(), wiped=bool(head.clear))
