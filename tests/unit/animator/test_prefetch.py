"""Work that runs ahead in a thread of its own."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from animator.core.progress import Signs
from animator.make.prefetch import ROOM, prefetch


def nothing() -> None:
    """What to do while waiting."""


def test_results_come_in_order_and_no_thread_stays() -> None:
    with prefetch(iter(range(1000)), on_wait=nothing) as results:
        assert list(results) == list(range(1000))
    assert not any(thread.name == "prefetch" for thread in threading.enumerate())


def test_it_runs_ahead_but_not_further_than_there_is_room() -> None:
    made: list[int] = []

    def work() -> Iterator[int]:
        for number in itertools.count():
            made.append(number)
            yield number

    with prefetch(work(), on_wait=nothing) as results:
        assert next(results) == 0
        deadline = time.monotonic() + 5
        while len(made) < ROOM and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert made == list(range(ROOM))


def test_an_error_comes_where_its_result_would_have_come() -> None:
    def work() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("the second one")

    with prefetch(work(), on_wait=nothing) as results:
        assert next(results) == 1
        with pytest.raises(ZeroDivisionError, match="the second one"):
            next(results)


def test_leaving_early_stops_the_work_before_anything_else_happens() -> None:
    busy = threading.Event()

    def work() -> Iterator[int]:
        for number in itertools.count():
            busy.set()
            time.sleep(0.02)
            busy.clear()
            yield number

    with pytest.raises(KeyError), prefetch(work(), on_wait=nothing) as results:
        next(results)
        raise KeyError
    assert not busy.is_set()


def test_who_waits_passes_on_signs_of_life_and_can_give_up() -> None:
    told: list[threading.Thread] = []

    def tell() -> None:
        told.append(threading.current_thread())
        if len(told) == 3:
            raise TimeoutError("given up")

    signs = Signs(tell)

    def work() -> Iterator[int]:
        while len(told) < 3:
            signs.give()
            time.sleep(0.01)
        yield 1

    with pytest.raises(TimeoutError, match="given up"), prefetch(work(), on_wait=signs.pass_on) as results:
        next(results)
    assert told == [threading.main_thread()] * 3


def test_no_sign_is_no_life() -> None:
    told: list[bool] = []
    signs = Signs(lambda: told.append(True))
    signs.pass_on()
    assert not told
