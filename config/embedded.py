"""The embedded broker: kombu's tables in an SQLite file, with a bell, so that workers don't ask ten times a second."""

import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kombu.transport import sqlalchemy
from kombu.transport.virtual import Empty

from config.bell import Bell

# A bell that isn't heard (another worker read it, no named pipes here) costs at most so much, in seconds.
LOOK_SECONDS = 1.0


@cache
def bell_beside(url: str) -> Bell:
    """The bell of the broker at `url`, sqlite:///PATH."""
    return Bell(Path(urlsplit(url).path).with_suffix(".bell"))


class Channel(sqlalchemy.Channel):
    connection: "Transport"

    def _put(self, queue: str, payload: Any, **options: Any) -> None:  # type: ignore[override]
        super()._put(queue, payload, **options)
        self.connection.bell().ring()


class Transport(sqlalchemy.Transport):
    Channel = Channel

    def bell(self) -> Bell:
        client: Any = self.client
        return bell_beside(client.hostname)

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:  # type: ignore[override]
        """Deliver one message. Raises TimeoutError when none comes in `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        cycle: Any = self.cycle
        while True:
            try:
                cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = LOOK_SECONDS if deadline is None else deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                self.bell().wait(min(left, LOOK_SECONDS))
