"""Waking another process of the same machine: a named pipe beside a file that can't wake anybody itself."""

import contextlib
import os
import select
from collections.abc import Iterable
from pathlib import Path


class Wakeup:
    """A named pipe that one process waits on and others write to.

    A call that comes while nobody waits reaches the next who does, or nobody. Nothing is lost then: a call only says
    that it is worth looking now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listening: int | None = None

    def wake(self) -> None:
        """Wake one who waits. Never raises: there may be no listener, nor named pipes on this file system."""
        with contextlib.suppress(OSError):
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, b"!")
            finally:
                os.close(pipe)

    def listen(self) -> int | None:
        """What `first_of` waits for; opened for writing too, so that it never looks closed while nobody calls."""
        if self._listening is None:
            with contextlib.suppress(OSError):
                if not self._path.exists():
                    os.mkfifo(self._path, 0o600)
                self._listening = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
        return self._listening

    def close(self) -> None:
        if self._listening is not None:
            os.close(self._listening)
            self._listening = None


def first_of(pipes: Iterable[int | None], *, seconds: float) -> None:
    """Return with the first call on any of them, or after so many seconds. None is a pipe that couldn't be opened."""
    waiting = [pipe for pipe in pipes if pipe is not None]
    for pipe in select.select(waiting, [], [], seconds)[0]:
        with contextlib.suppress(BlockingIOError):
            os.read(pipe, 4096)
