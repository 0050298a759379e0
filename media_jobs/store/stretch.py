"""Part of a file, for whoever reads by ranges: a browser that seeks, an SDK that fetches piece by piece."""

import re
from collections.abc import Callable
from typing import BinaryIO

from applications.whole_numbers import at_most

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def asks_part(asked: str) -> bool:
    """Whether a Range header is one plain range; anything else is as if it weren't there (RFC 9110 14.2)."""
    match = _RANGE.fullmatch(asked.strip())
    return match is not None and match.groups() != ("", "")


def span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte that a Range header asks for, None when there are none such. Without a range: all."""
    if not asks_part(asked):
        return 0, size - 1
    start, _, end = asked.strip().removeprefix("bytes=").partition("-")
    first = at_most(start, size) if start else size - at_most(end, size)
    last = at_most(end, size - 1) if start and end else size - 1
    return (first, last) if first <= last else None


class Stretch:
    """Bytes of a file, for whoever sends them.

    The file is opened by the first who reads: a HEAD and a client that has gone leave nothing open.
    """

    def __init__(self, opened: Callable[[], BinaryIO], *, first: int, length: int) -> None:
        self._opened = opened
        self._first = first
        self._left = length
        self._file: BinaryIO | None = None

    def read(self, size: int = -1) -> bytes:
        if self._file is None:
            self._file = self._opened()
            self._file.seek(self._first)
        block = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
