"""Where bytes come from, whatever door they come in by."""

from typing import Protocol


class ByteSource(Protocol):
    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
