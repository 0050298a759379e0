"""Web processes go and come under load, and hardly anybody notices (docs/reliability.md 4.7)."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.faults.instance import Instance, wait_for

pytestmark = pytest.mark.xdist_group("hurried")


class Load:
    """Clients that ask again once when a connection fails, and count what failed then, too."""

    def __init__(self, url: str, *, clients: int) -> None:
        self._url = url
        self._ended = threading.Event()
        self.answers = 0
        self.retries = 0
        self.lost: list[str] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, trust_env=False, timeout=30) as client:
            while not self._ended.is_set():
                self._ask(client)
                time.sleep(0.02)

    def _ask(self, client: httpx.Client) -> None:
        for last in (False, True):
            try:
                status = client.get("/login").status_code
            except httpx.TransportError as error:
                self.retries += 1
                if last:
                    self.lost.append(repr(error))
            else:
                self.answers += 1
                if status != 200:
                    self.lost.append(str(status))
                return


def _kill_all(instance: Instance) -> None:
    for process in instance.supervised("config.web"):
        os.kill(process, signal.SIGKILL)


def _stop_all(instance: Instance) -> None:
    for process in instance.supervised("config.web"):
        os.kill(process, signal.SIGTERM)


@pytest.mark.parametrize("ending", [_stop_all, _kill_all], ids=["SIGTERM", "SIGKILL"])
def test_a_restart_of_all_web_processes_under_load_loses_no_request_after_one_retry(
    hurried: Instance, ending: Callable[[Instance], None]
) -> None:
    before = set(hurried.supervised("config.web"))
    with Load(hurried.url, clients=4) as load:
        wait_for(lambda: load.answers > 20, seconds=20, what="the load")
        ending(hurried)
        wait_for(lambda: _renewed(hurried, before), seconds=60, what="new web processes")
        enough = load.answers + 20
        wait_for(lambda: load.answers > enough, seconds=60, what="answers afterwards")
    assert load.lost == []


def test_web_processes_are_replaced_one_after_the_other_on_sigusr1(hurried: Instance) -> None:
    before = set(hurried.supervised("config.web"))
    with Load(hurried.url, clients=2) as load:
        hurried.signal(signal.SIGUSR1)
        wait_for(lambda: _renewed(hurried, before), seconds=60, what="new web processes")
    assert load.lost == []
    assert load.answers > 0


def test_sigusr1_before_the_supervisor_has_begun_ends_nothing(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    starting = instance.launch()
    try:
        wait_for(instance.listens, seconds=60, what="the open port")
        starting.send_signal(signal.SIGUSR1)
        with pytest.raises(subprocess.TimeoutExpired):
            starting.wait(1)
    finally:
        starting.kill()
        starting.wait()
        instance.close()


def _renewed(instance: Instance, before: set[int]) -> bool:
    now = set(instance.supervised("config.web"))
    return len(now) == len(before) and not now & before
