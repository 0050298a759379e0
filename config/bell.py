"""A bell between processes of one machine: a named pipe beside a file that can't wake anybody itself."""

import contextlib
import os
import select
from pathlib import Path


class Bell:
    """Rung bells that nobody waits for are heard by the next who does; nothing is lost when none is heard."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listening: int | None = None

    def ring(self) -> None:
        """Wake one who waits. Never raises: there may be no listener, nor named pipes on this file system."""
        with contextlib.suppress(OSError):
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, b"!")
            finally:
                os.close(pipe)

    def wait(self, seconds: float) -> None:
        """Until the bell rings, or for so many seconds."""
        pipe = self._pipe()
        if select.select([pipe] if pipe is not None else [], [], [], seconds)[0] and pipe is not None:
            with contextlib.suppress(BlockingIOError):
                os.read(pipe, 4096)

    def _pipe(self) -> int | None:
        """Opened for writing too, so that it never looks closed while nobody rings."""
        if self._listening is None:
            with contextlib.suppress(OSError):
                if not self._path.exists():
                    os.mkfifo(self._path, 0o600)
                self._listening = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
        return self._listening
