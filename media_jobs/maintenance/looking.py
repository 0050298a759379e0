"""Work without permits: while the broker is away, or none come, a worker looks for work by itself."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import DatabaseError, connection

from media_jobs.doorbell import broker

log = logging.getLogger(__name__)

IDLE_LOOKS = 3  # so many looks in a row found nobody at work: then it is worth a try, whatever the broker says

Turn = Callable[[], str]  # does the next piece of work; "" when there is none


class Looking:
    """Of one worker: at most as many pieces of work at once as it has slots, those with permits included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0
        self._permits = 0
        self._idle = 0

    @contextmanager
    def permit(self) -> Iterator[None]:
        """Around the work that a permit is good for.

        What Celery counts as active won't do: it goes on counting what has ended while it can't reach the broker.
        """
        with self._lock:
            self._permits += 1
        try:
            yield
        finally:
            with self._lock:
                self._permits -= 1

    def look(self, turns: Sequence[Turn], *, slots: int) -> None:
        """At each sign of life. Returns at once; what is found is done in threads of its own."""
        with self._lock:
            at_work = self._busy + self._permits
            self._idle = 0 if at_work else self._idle + 1
            wanted = slots - at_work if broker.away.is_set() else int(self._idle >= IDLE_LOOKS)
            for number in range(min(wanted, slots) if turns else 0):
                first = number % len(turns)
                threading.Thread(target=self._work, args=([*turns[first:], *turns[:first]],), daemon=True).start()
                self._idle = 0
                self._busy += 1

    def finish(self, *, seconds: float) -> None:
        """Wait for what is under way to end, or to be handed back, as a stopping worker must."""
        deadline = time.monotonic() + seconds
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.05)

    def _work(self, turns: Sequence[Turn]) -> None:
        """Until nothing is left, or permits come again. Each thread begins with another kind of work."""
        try:
            while sum(turn() != "" for turn in turns) and (broker.away.is_set() or not self._permits):
                continue
        except DatabaseError as error:
            log.warning("the database is away: %s", error)
        finally:
            connection.close()
            with self._lock:
                self._busy -= 1


looking = Looking()
