"""That a file has more bytes than it may have, while it is being made."""

from collections.abc import Callable
from typing import BinaryIO


class Overflowing(Exception):
    """What was written is in the file."""


def not_above(most: int, file: BinaryIO, on_tick: Callable[[int], None]) -> Callable[[int], None]:
    """As `on_tick`; raises Overflowing when the file has more than `most` bytes, 0 for any number."""

    def ticked(done: int) -> None:
        on_tick(done)
        if most and file.tell() > most:
            raise Overflowing

    return ticked
