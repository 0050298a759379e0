"""The embedded broker, a transport of kombu's: messages in an SQLite file, and a pipe a queue that wakes who waits."""

import socket
import sqlite3
import time
from contextlib import suppress
from functools import cached_property
from json import dumps, loads
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kombu.transport import virtual
from kombu.transport.virtual import Empty

from config.broker.message_file import MessageFile
from config.broker.wakeup import Wakeup, first_of

# A call that isn't heard (another worker read it, no named pipes here) costs at most so much, in seconds.
LOOK_SECONDS = 1.0


class QoS(virtual.QoS):
    """Makes the transport look again at each acknowledgement.

    A job that began in another thread has then made room for another message.
    """

    def ack(self, delivery_tag: str) -> None:
        super().ack(delivery_tag)
        channel: Any = self.channel
        channel.connection.look_again()


class Channel(virtual.Channel):
    QoS = QoS
    connection: "Transport"

    @cached_property
    def file(self) -> MessageFile:
        return MessageFile(self.connection.path)

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        self.file.put(queue, dumps(message))
        self.connection.wakeup(queue).wake()

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        payload = self.file.take(queue)
        if payload is None:
            raise Empty
        return loads(payload)

    def _size(self, queue: str) -> int:
        return self.file.count(queue)

    def _purge(self, queue: str) -> int:
        return self.file.purge(queue)

    def pipes(self) -> list[int | None]:
        """The pipes that wake this channel's reader, one a queue; none while it has as many messages as it may hold."""
        wakes = self._consumers and self.qos.can_consume()
        return [self.connection.wakeup(queue).listen() for queue in set(self._active_queues)] if wakes else []

    def close(self) -> None:
        super().close()  # puts back what was taken and not begun
        if "file" in self.__dict__:
            self.file.close()
            del self.file


class Transport(virtual.Transport):
    Channel = Channel
    can_parse_url = True
    driver_type = driver_name = "sqlite"
    # Whoever connects again gets a file that works, should this one be damaged (message_file.py).
    connection_errors = (sqlite3.DatabaseError, OSError)

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self._wakeups: dict[str, Wakeup] = {}

    @cached_property
    def path(self) -> Path:
        client: Any = self.client
        return Path(urlsplit(client.hostname).path)

    def wakeup(self, queue: str) -> Wakeup:
        if queue not in self._wakeups:
            self._wakeups[queue] = Wakeup(self.path.with_suffix(f".{queue}.wake"))
        return self._wakeups[queue]

    @cached_property
    def calls(self) -> tuple[socket.socket, socket.socket]:
        """Two connected sockets: the reader waits on the first, threads of this process wake it by the second."""
        heard, called = socket.socketpair()
        called.setblocking(False)
        return heard, called

    def look_again(self) -> None:
        """Wake the reader. May be called from any thread of this process."""
        with suppress(OSError):  # called often enough already, or closed meanwhile
            self.calls[1].send(b"!")

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
                self._wait(seconds=min(left, LOOK_SECONDS))

    def _wait(self, *, seconds: float) -> None:
        channels: Any = self.channels
        first_of([self.calls[0].fileno(), *(pipe for channel in channels for pipe in channel.pipes())], seconds=seconds)

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        for closing in (*self.__dict__.pop("calls", ()), *self._wakeups.values()):
            closing.close()
