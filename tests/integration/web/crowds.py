"""Clients who take their time: hundreds of sockets that stall in one way or another, held open by one test."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def stalled(port: int, *, count: int, said: bytes, tiny_window: bool = False) -> Iterator[list[socket.socket]]:
    """`count` connections on which `said` was sent, and nothing more; `tiny_window`: they take hardly an answer."""
    with ExitStack() as stack:
        crowd = []
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            if tiny_window:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", port))
            client.sendall(said)
            crowd.append(client)
        yield crowd


def head(line: str, port: int, **fields: str) -> bytes:
    """A request's head; `_` in a field's name stands for `-`."""
    lines = [f"{line} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode()
