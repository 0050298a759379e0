"""Putting pieces of files together, durably."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from applications.errors import InvalidValue
from media_jobs.store.copying import copy_bytes
from media_jobs.store.received import new_file
from media_jobs.store.scratch import hold


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a file from `start` on; length None: to its end."""

    path: Path
    start: int = 0
    length: int | None = None


def join_slices(slices: Iterable[Slice]) -> Path:
    """One durable new file in the scratch folder. Raises InvalidValue for a slice past its file's end, NoSpace."""
    pieces = [(piece, _length(piece)) for piece in slices]
    path = new_file()
    try:
        with path.open("wb", buffering=0) as target:
            hold(target, sum(length for _, length in pieces))
            for piece, length in pieces:
                _append(piece, target, length=length)
            os.fsync(target.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _length(piece: Slice) -> int:
    size = piece.path.stat().st_size
    length = size - piece.start if piece.length is None else piece.length
    if length < 0 or piece.start + length > size:
        raise InvalidValue("A part of a segment is named that lies past its end.")
    return length


def _append(piece: Slice, target: BinaryIO, *, length: int) -> None:
    with piece.path.open("rb", buffering=0) as source:
        source.seek(piece.start)
        copy_bytes(source, target, length=length)
