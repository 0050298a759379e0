"""Work that runs ahead of whoever needs it, in a thread of its own: pictures are decoded while others are encoded."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

# How many results may exist that the reader has not done with: the one in its hands and those to come.
ROOM = 2
_WAIT_SECONDS = 0.2


class _Result(NamedTuple, Generic[T]):
    value: T


class _End(NamedTuple):
    error: BaseException | None = None


@contextmanager
def prefetch(work: Iterator[T], *, on_wait: Callable[[], None]) -> Iterator[Iterator[T]]:
    """The same results in the same order; an exception of `work` is raised where its result would have come.

    `on_wait` is called in the reader's thread now and then while it waits; what it raises passes through. When the
    context is left, `work` has stopped and is not touched any more.
    """
    results: queue.SimpleQueue[_Result[T] | _End] = queue.SimpleQueue()
    room, stopped = threading.Semaphore(ROOM), threading.Event()
    thread = threading.Thread(target=_run, args=(work, results, room, stopped), name="prefetch", daemon=True)
    thread.start()
    try:
        yield _read(results, room, on_wait=on_wait)
    finally:
        stopped.set()
        room.release()
        thread.join()


def _run(
    work: Iterator[T],
    results: "queue.SimpleQueue[_Result[T] | _End]",
    room: threading.Semaphore,
    stopped: threading.Event,
) -> None:
    try:
        while room.acquire() and not stopped.is_set():
            results.put(_Result(next(work)))
    except StopIteration:
        results.put(_End())
    except BaseException as error:
        results.put(_End(error))


def _read(
    results: "queue.SimpleQueue[_Result[T] | _End]", room: threading.Semaphore, *, on_wait: Callable[[], None]
) -> Iterator[T]:
    while True:
        try:
            found = results.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            on_wait()
            continue
        if isinstance(found, _End):
            if found.error is not None:
                raise found.error
            return
        yield found.value
        del found  # while the next one is waited for, this one's memory is free
        room.release()
