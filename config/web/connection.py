"""One client's connection: uvicorn's HTTP/1.1, with a limit for its heads and an end to its slowness."""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.web.patience import Patience, Waiting, limits

# Bytes that the kernel takes from us for a client; left alone it takes 4 MB, also for one that stalls.
MAX_UNSENT = 512 * 1024
MAX_HEAD = 64 * 1024  # bytes of a request line with its headers; a query of the API's may have 32 KiB


class Connection(HttpToolsProtocol):
    """`handed` is what the application handed over for sending, `taken` the bytes of bodies that came."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.handed = 0
        self.taken = 0
        self._head = 0
        self._in_head = False
        self._patience = Patience(limits(), now=self.loop.time())

    # --- what uvicorn calls -----------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_UNSENT)

    def data_received(self, data: bytes) -> None:
        if self._in_head or self._is_idle():
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MAX_HEAD:
            self._end_with(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self.scope["state"]["connection"] = self

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what follows a chunked body is nothing that anybody here asks for
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.taken += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.cycle.more_body = False

    def eof_received(self) -> bool:  # type: ignore[override]
        """True: a client that only said that no more will come still gets its answer."""
        answer_due = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if answer_due:
            self.cycle.keep_alive = False
        return answer_due

    # --- what the application asks ----------------------------------------------------------------------------------
    @property
    def is_gone(self) -> bool:
        return self.transport.is_closing()

    def leftover(self) -> bytes:
        """What had arrived of a body when its client went away."""
        left, self.cycle.body = bytes(self.cycle.body), bytearray()
        return left

    # --- what the server asks, once a second ------------------------------------------------------------------------
    def check(self, now: float) -> None:
        waiting = self._waiting()
        passed = self.handed - self.transport.get_write_buffer_size() if waiting is Waiting.READER else self.taken
        if self._patience.is_over(waiting, passed=passed, now=now):
            self._give_up(waiting)

    def _waiting(self) -> Waiting | None:
        if self.transport.get_write_buffer_size():
            return Waiting.READER
        if self.cycle is not None and not self.cycle.response_complete:
            return Waiting.BODY if self.cycle.more_body and not self.flow.read_paused else None
        if self.cycle is not None and self.cycle.more_body:
            return Waiting.LINGER
        return Waiting.HEAD if self._in_head or self.cycle is None else Waiting.IDLE

    def _give_up(self, waiting: Waiting | None) -> None:
        answered = self.cycle is not None and self.cycle.response_started
        if (waiting is Waiting.HEAD and self._head) or (waiting is Waiting.BODY and not answered):
            self._end_with(b"408 Request Timeout")
        else:
            self.transport.abort()

    def _end_with(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)
