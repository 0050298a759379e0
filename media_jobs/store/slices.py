"""Putting pieces of files together, durably."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from applications.errors import InvalidValue
from media_jobs.store.received import new_file
from media_jobs.store.scratch import reserve

_BLOCK = 1024 * 1024
_AT_ONCE = 2**30  # bytes; what the kernel copies in one call


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a file from `start` on; length None: to its end."""

    path: Path
    start: int = 0
    length: int | None = None


def join_slices(slices: Iterable[Slice]) -> Path:
    """One durable new file in the scratch folder. Raises InvalidValue for a slice past its file's end, NoSpace."""
    path = new_file()
    try:
        with path.open("wb", buffering=0) as target:
            for piece in slices:
                _append(piece, target)
            os.fsync(target.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _append(piece: Slice, target: BinaryIO) -> None:
    size = piece.path.stat().st_size
    length = size - piece.start if piece.length is None else piece.length
    if length < 0 or piece.start + length > size:
        raise InvalidValue("A part of a segment is named that lies past its end.")
    reserve(length)
    with piece.path.open("rb", buffering=0) as source:
        source.seek(piece.start)
        _copy(source, target, length=length)


def _copy(source: BinaryIO, target: BinaryIO, *, length: int) -> None:
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
