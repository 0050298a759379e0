"""The addresses of a name, from the system's resolver, which can be neither hurried nor stopped."""

import socket
import threading
from concurrent.futures import Future, wait

MOST_LOOKUPS = 32  # names that are resolved at the same time


def resolve(host: str, port: int) -> list[str]:
    """Every address of the name, as text. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Lookups:
    """Names that are being resolved: one thread each, however many want the same one, and no more than MOST_LOOKUPS.

    A resolver that doesn't answer is waited for by nobody longer than wanted; its thread ends when the system gives up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], Future[list[str]]] = {}

    def find(self, host: str, port: int, *, timeout: float) -> list[str]:
        """Every address of the name. Raises TimeoutError when that takes too long, or another OSError."""
        with self._lock:
            found = self._running.get((host, port))
            if found is None:
                if len(self._running) >= MOST_LOOKUPS:
                    raise TimeoutError("too many names are being resolved")
                found = Future()
                threading.Thread(target=self._look_up, args=(host, port, found), name="resolver", daemon=True).start()
                self._running[host, port] = found
        if not wait([found], timeout).done:
            raise TimeoutError("the name wasn't resolved in time")
        return found.result()

    def _look_up(self, host: str, port: int, found: "Future[list[str]]") -> None:
        try:
            found.set_result(resolve(host, port))
        except Exception as error:
            found.set_exception(error)
        finally:
            with self._lock:
                del self._running[host, port]


lookups = Lookups()
