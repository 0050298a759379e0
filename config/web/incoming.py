"""A body as WSGI applications read it, from a thread, while the event loop receives it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future, TimeoutError
from typing import Any

from django.db import connections

from config.web.connection import Connection

Receive = Callable[[], Awaitable[Any]]

_PATIENCE = 1.0  # seconds to wait with a database connection in hand
_LONGEST = 3600.0  # a client that slow was cut off long ago


class BrokenOff(OSError):
    """The client went away before its body's end. What had come was given out before."""


class Incoming:
    """`read` and `readline` block until they have what was asked for, or the body has ended.

    Whoever waits for a client longer than a moment holds no connection to the database meanwhile.
    """

    def __init__(self, begun: bytes, *, receive: Receive, connection: Connection) -> None:
        self._buffer = bytearray(begun)
        self._receive = receive
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._broken = False

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = None if size is None or size < 0 else size
        while not self._ended and (wanted is None or len(self._buffer) < wanted):
            self._more()
        return self._take(len(self._buffer) if wanted is None else wanted)

    def readline(self, limit: int | None = -1, /) -> bytes:
        most = None if limit is None or limit < 0 else limit
        while not self._ended and b"\n" not in self._buffer and (most is None or len(self._buffer) < most):
            self._more()
        end = self._buffer.find(b"\n") + 1 or len(self._buffer)
        return self._take(end if most is None else min(end, most))

    def _take(self, size: int) -> bytes:
        """A short piece first, the fault next: what had come is not lost."""
        if self._broken and not self._buffer and size:
            raise BrokenOff("The body broke off.")
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def _more(self) -> None:
        message = self._wait(asyncio.run_coroutine_threadsafe(_received(self._receive), self._loop))
        if message is None or message["type"] == "http.disconnect":
            self._buffer += self._connection.leftover()
            self._ended = self._broken = True
        else:
            self._buffer += message.get("body", b"")
            self._ended = not message.get("more_body", False)

    def _wait(self, coming: "Future[Any]") -> Any:
        """The next message; None when this process is about to end."""
        try:
            return coming.result(_PATIENCE)
        except CancelledError:
            return None
        except TimeoutError:
            _let_go_of_the_database()
        try:
            return coming.result(_LONGEST)
        except (CancelledError, TimeoutError):
            return None


async def _received(receive: Receive) -> Any:
    return await receive()


def _let_go_of_the_database() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
