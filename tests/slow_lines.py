"""A line between a client and a server that lets only so many bytes a second through, either way."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BLOCK = 4096


@contextmanager
def slow_line(host: str, port: int, *, rate: float) -> Iterator[int]:
    """The port on 127.0.0.1 at which `host:port` answers at `rate` bytes a second for each connection."""

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((host, port)) as server:
                back = threading.Thread(target=_drip, args=(server, self.request, rate))
                back.start()
                _drip(self.request, server, rate)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as lines:
        lines.daemon_threads = True
        threading.Thread(target=lines.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield lines.server_address[1]
        lines.shutdown()


def _drip(source: socket.socket, target: socket.socket, rate: float) -> None:
    with suppress(OSError):
        while data := source.recv(_BLOCK):
            target.sendall(data)
            time.sleep(len(data) / rate)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
