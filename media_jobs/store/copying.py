"""Bytes from one open file to another, by the kernel where it can."""

import os
from typing import BinaryIO

_BLOCK = 1024 * 1024
_AT_ONCE = 2**30  # bytes; what the kernel copies in one call


def copy_bytes(source: BinaryIO, target: BinaryIO, *, length: int) -> None:
    """The kernel copies, or shares blocks, where the file system can; both files stand where it left off."""
    left = length
    try:
        while left and (done := os.copy_file_range(source.fileno(), target.fileno(), min(left, _AT_ONCE))):
            left -= done
    except OSError:
        _copy_by_hand(source, target, length=left)


def _copy_by_hand(source: BinaryIO, target: BinaryIO, *, length: int) -> None:
    left = length
    while left and (block := source.read(min(left, _BLOCK))):
        target.write(block)
        left -= len(block)
