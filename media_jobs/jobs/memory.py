"""Who may work at the same time: as many as the worker has threads, or one alone after memory ran short."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

CAUTION = 600.0  # seconds after a shortage in which jobs run one at a time
_LOOK = 1.0  # seconds between two looks at whether the worker is told to stop


class Room:
    """One a process. A job takes its place before it is claimed, so that nobody holds a lease while it waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._cautious_until = float("-inf")

    @contextmanager
    def place(self, stopping: threading.Event) -> Iterator[bool]:
        """Wait for a place and hold it; False when the worker was told to stop meanwhile."""
        with self._changed:
            while not (free := self._free()) and not stopping.is_set():
                self._changed.wait(_LOOK)
            taken = free and not stopping.is_set()
            self._inside += taken
        try:
            yield taken
        finally:
            with self._changed:
                self._inside -= taken
                self._changed.notify_all()

    def ran_short(self) -> bool:
        """Memory was used up by what runs here: one at a time from now on. True when only one did run."""
        with self._changed:
            alone = self._inside <= 1
            self._cautious_until = time.monotonic() + CAUTION
            return alone

    def _free(self) -> bool:
        return self._inside == 0 or time.monotonic() >= self._cautious_until


room = Room()
