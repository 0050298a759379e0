"""HTTP receivers on real sockets: the good one, and those that callbacks must survive (docs/reliability.md F16)."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_BOMB = gzip.compress(bytes(64 * 1024**2), compresslevel=6)
Behave = Callable[[socket.socket], None]


@dataclass
class Message:
    at: float
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """Listens on loopback; `behave` writes the answer to each request and can be replaced at any time."""

    behave: Behave
    port: int = 0
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def wait(self, count: int, *, seconds: float = 10.0) -> list[Message]:
        """The messages, once there are `count`; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"{len(self.messages)} of {count} messages came in {seconds} s"
            time.sleep(0.01)
        return self.messages

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                message = _read(connection)
                self.messages.append(message)
                self.behave(connection)
            except OSError:
                return


@contextmanager
def receiver(behave: Behave | None = None, *, port: int = 0) -> Iterator[Receiver]:
    listening = Receiver(behave or ok, port)
    try:
        yield listening
    finally:
        listening.close()


def _read(connection: socket.socket) -> Message:
    head, _, body = _until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1:]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += _some(connection)
    return Message(at=time.monotonic(), headers=headers, body=body)


def _until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        data += _some(connection)
    return data


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError
    return data


def answer(status: int, *headers: str, body: bytes = b"") -> Behave:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    message = "\r\n".join([*lines, "", ""]).encode() + body

    def behave(connection: socket.socket) -> None:
        connection.sendall(message)

    return behave


ok = answer(200, body=b"ok")


def hang(connection: socket.socket) -> None:
    """Never answers."""
    connection.settimeout(120)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    """A byte of the head every tenth of a second: a client's timeout a read would never strike."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Pad: x\r\n" * 500:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def endless(connection: socket.socket) -> None:
    """Success, and then ten gigabytes, or as much as anybody takes."""
    connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 10737418240\r\n\r\n")
    block = b"x" * 65536
    for _ in range(163840):
        connection.sendall(block)


def bomb(connection: socket.socket) -> None:
    """64 MB of zeros in 64 KB."""
    answer(503, "Content-Encoding: gzip", body=_BOMB)(connection)


def late(seconds: float) -> Behave:
    def behave(connection: socket.socket) -> None:
        time.sleep(seconds)
        ok(connection)

    return behave


def reset(connection: socket.socket) -> None:
    """Hangs up without a word."""
