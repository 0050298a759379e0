"""A machine that gives no more threads for a moment: once it does again, all goes on as before."""

import threading
from collections.abc import Callable

import pytest

from media_jobs import resolving
from media_jobs.maintenance.looking import IDLE_LOOKS, Looking
from media_jobs.resolving import Lookups
from media_jobs.uploads import push
from media_jobs.uploads.push import Pusher


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Do something while no thread can be started."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def do(thing: Callable[[], object]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError):
                thing()

    return do


def test_a_name_can_be_resolved_afterwards(
    short: Callable[[Callable[[], object]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "resolve", lambda host, port: ["192.0.2.1"])
    lookups = Lookups()
    short(lambda: lookups.find("a.example", 80, timeout=1))
    assert lookups.find("a.example", 80, timeout=5) == ["192.0.2.1"]


def test_a_worker_looks_for_work_afterwards(short: Callable[[Callable[[], object]], None]) -> None:
    looking, looked = Looking(), threading.Event()

    def look() -> None:
        for _ in range(IDLE_LOOKS):
            looking.look([lambda: looked.set() or ""], slots=1)

    short(look)
    look()
    assert looked.wait(5)
    looking.finish(seconds=5)


def test_files_are_pushed_afterwards(
    short: Callable[[Callable[[], object]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = threading.Event()
    monkeypatch.setattr(push, "push_waiting", pushed.set)
    monkeypatch.setattr(push, "_THREADS", 1)
    pusher = Pusher()
    short(pusher.wake)
    pusher.wake()
    assert pushed.wait(5)
    pusher.join(seconds=5)
