"""That a file has more bytes than it may have, or is going to, while it is being made."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from animator.picture.frames import Shown

TooLarge = Callable[[float, BinaryIO], bool]
"""Whether a file is, or will be, that holds what has come of this share of the picture's ticks so far."""


def any_size(_: float, __: BinaryIO) -> bool:
    return False


class Overflowing(Exception):
    """What was written is in the file; `share` of the picture's ticks were taken from the source for it."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share


class Reached:
    """The same pictures, and which share of so many `ticks` was taken from them; encoders write somewhat later."""

    def __init__(self, shown: Iterable[Shown], ticks: int) -> None:
        self._shown = shown
        self._ticks = ticks
        self._last = 0

    def __iter__(self) -> Iterator[Shown]:
        for picture in self._shown:
            self._last = picture.first
            yield picture

    @property
    def share(self) -> float:
        return min(1.0, (self._last + 1) / self._ticks)

    def watched(self, file: BinaryIO, on_tick: Callable[[int], None], too_large: TooLarge) -> Callable[[int], None]:
        """As `on_tick`; raises Overflowing when the file is `too_large`."""

        def ticked(done: int) -> None:
            on_tick(done)
            if too_large(self.share, file):
                raise Overflowing(self.share)

        return ticked
