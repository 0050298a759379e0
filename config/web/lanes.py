"""Threads for requests, a bounded number of them, with a bounded queue before them."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LONGEST_WAIT = 10.0  # seconds in the queue; clients give up after 60, and an upload is better late than refused


class Busy(Exception):
    """All threads are taken, and more wait than could be answered in good time."""


class Lane:
    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + waiting

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, from a thread. Raises Busy when the queue is full, or moved too slowly."""
        if self._room <= 0:
            raise Busy
        self._room -= 1
        came = time.monotonic()

        def begin() -> T:
            if time.monotonic() - came > LONGEST_WAIT:
                raise Busy
            return work()

        running = asyncio.get_running_loop().run_in_executor(self._pool, begin)
        running.add_done_callback(self._give_back)
        return await running

    def _give_back(self, _: "asyncio.Future[T]") -> None:
        self._room += 1
