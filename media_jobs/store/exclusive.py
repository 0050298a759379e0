"""One request or process at a time, by a lock that the kernel frees when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from media_jobs.store.scratch import scratch


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Waits until nobody else holds `name`. Leaves no file behind."""
    with _held(name) as lock:
        try:
            yield
        finally:
            os.unlink(lock.name)


@contextmanager
def _held(name: str) -> Iterator[BinaryIO]:
    while True:
        with (scratch() / f"{name}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_current(lock):
                yield lock
                return


def _is_current(lock: BinaryIO) -> bool:
    """False when the holder before us took the file away while we waited for it."""
    try:
        return os.stat(lock.name).st_ino == os.fstat(lock.fileno()).st_ino
    except FileNotFoundError:
        return False
