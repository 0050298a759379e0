"""One request or process at a time, by a lock that the kernel frees when its holder dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from media_jobs.store.scratch import scratch

_LOOK = 0.1  # seconds between two tries of one who can't simply wait


@contextmanager
def exclusive(name: str, *, alive: Callable[[], None] | None = None) -> Iterator[None]:
    """Waits until nobody else holds `name`, calling `alive` meanwhile, which may raise. Leaves no file behind."""
    with _held(name, alive=alive) as lock:
        try:
            yield
        finally:
            os.unlink(lock.name)


@contextmanager
def exclusive_now(name: str) -> Iterator[bool]:
    """Whether `name` could be had at once; nobody else has it then until the context ends."""

    def busy() -> None:
        raise BlockingIOError

    with ExitStack() as stack:
        try:
            lock = stack.enter_context(_held(name, alive=busy))
        except BlockingIOError:
            yield False
            return
        stack.callback(os.unlink, lock.name)
        yield True


@contextmanager
def _held(name: str, *, alive: Callable[[], None] | None) -> Iterator[BinaryIO]:
    while True:
        with (scratch() / f"{name}.lock").open("ab") as lock:
            _wait(lock, alive=alive)
            if _is_current(lock):
                yield lock
                return


def _wait(lock: BinaryIO, *, alive: Callable[[], None] | None) -> None:
    if alive is None:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            alive()
            time.sleep(_LOOK)


def _is_current(lock: BinaryIO) -> bool:
    """False when the holder before us took the file away while we waited for it."""
    try:
        return os.stat(lock.name).st_ino == os.fstat(lock.fileno()).st_ino
    except FileNotFoundError:
        return False
