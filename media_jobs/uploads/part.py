"""The file in which an upload's bytes gather. It is as long as they will be, once that is known."""

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from media_jobs.store.scratch import hold, scratch
from media_jobs.uploads.refusals import UploadBusy

_PATIENCE = 2.0  # seconds: a request whose client hung up is still noticing it while the client comes back
_PAUSE = 0.02  # seconds between two looks


def part_path(upload_id: uuid.UUID) -> Path:
    return scratch() / f"{upload_id.hex}.part"


def begin_part(upload_id: uuid.UUID, *, size: int) -> None:
    """Raises NoSpace unless `size` bytes can be promised; no file is left then."""
    path = part_path(upload_id)
    try:
        with path.open("xb") as part:
            hold(part, size)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def expect(upload_id: uuid.UUID, *, size: int) -> None:
    """Promise room for `size` bytes in all, as it is known by now how many come. Raises NoSpace."""
    try:
        with part_path(upload_id).open("r+b") as part:
            hold(part, size)
    except FileNotFoundError:  # on another host, which takes the bytes
        return


def cut(upload_id: uuid.UUID, *, size: int) -> None:
    """All that came and no more: what was promised beyond it is free again."""
    try:
        os.truncate(part_path(upload_id), size)
    except FileNotFoundError:  # in the store already
        return


def seek(part: BinaryIO, *, offset: int) -> None:
    """To `offset`; what stands behind it is forgotten, its room stays promised."""
    size = os.fstat(part.fileno()).st_size
    part.truncate(offset)
    part.truncate(max(offset, size))
    part.seek(offset)


@contextmanager
def locked(upload_id: uuid.UUID) -> Iterator[BinaryIO]:
    """For one request at a time, which waits a moment for the one before it; the kernel frees the lock of whoever dies.

    Raises FileNotFoundError, UploadBusy.
    """
    with part_path(upload_id).open("r+b") as part:
        until = time.monotonic() + _PATIENCE
        while not _lock(part):
            if time.monotonic() >= until:
                raise UploadBusy("Another request is writing to this upload. Try again in a moment.")
            time.sleep(_PAUSE)
        yield part


def _lock(part: BinaryIO) -> bool:
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
