"""A TCP proxy between us and a server: it can be cut, or stalled as a stopped process is (accepts, never answers)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Listens on loopback, or at `address`. `cut()` ends and refuses connections; `stall()` passes nothing on."""

    def __init__(self, host: str, port: int, *, address: str = "127.0.0.1") -> None:
        self._server = (host, port)
        self._address = address
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((address, 0))
        self.port = int(self._listener.getsockname()[1])
        self._listen()

    def stall(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        if self._listener.fileno() < 0:
            self._listener = socket.create_server((self._address, self.port))
            self._listen()
        self._flowing.set()

    def cut(self) -> None:
        """As when the server's host is gone: resets, then refusals."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._flowing.set()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        self._flowing.wait()
        with client, suppress(OSError), socket.create_connection(self._server, timeout=5) as server:
            server.settimeout(None)
            self._open |= {client, server}
            back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
            back.start()
            self._pass_on(client, server)
            back.join()
            self._open -= {client, server}

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                self._flowing.wait()
                there.sendall(data)
        with suppress(OSError):
            there.shutdown(socket.SHUT_WR)


@contextmanager
def proxy(host: str, port: int, *, address: str = "127.0.0.1") -> Iterator[Proxy]:
    between = Proxy(host, port, address=address)
    try:
        yield between
    finally:
        between.cut()
