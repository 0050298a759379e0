"""What was seen in a source before its picture was made: it is looked for once, however often the picture is tried."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Seen:
    """Of one source: borders, what moves, seams, by all that they depend on."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def once(self, key: tuple[Hashable, ...], look: Callable[[], T]) -> T:
        if key not in self._found:
            self._found[key] = look()
        found: T = self._found[key]
        return found
