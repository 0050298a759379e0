"""The bell beside the embedded broker."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from celery import Celery
from config.bell import Bell

from config.embedded import LOOK_SECONDS


def waited(bell: Bell, seconds: float) -> float:
    began = time.monotonic()
    bell.wait(seconds)
    return time.monotonic() - began


def test_another_process_wakes_who_waits(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "broker.bell")
    bell.wait(0)
    script = (
        f"from pathlib import Path; from config.bell import Bell; Bell(Path({str(tmp_path)!r}) / 'broker.bell').ring()"
    )
    ringing = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    assert waited(bell, 30) < 20
    assert ringing.wait() == 0


def test_a_bell_rung_before_is_heard_once(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "broker.bell")
    bell.wait(0)
    bell.ring()
    bell.ring()
    assert waited(bell, 30) < 20
    assert waited(bell, 0.2) >= 0.19


def test_ringing_where_nobody_listens_or_no_pipe_can_be_does_no_harm(tmp_path: Path) -> None:
    Bell(tmp_path / "broker.bell").ring()
    nowhere = Bell(tmp_path / "no such folder" / "broker.bell")
    nowhere.ring()
    assert waited(nowhere, 0.1) >= 0.09


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.parametrize("heard", [True, False])
def test_a_message_wakes_the_worker_and_is_found_even_if_the_bell_is_not_heard(
    tmp_path: Path, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not heard:
        monkeypatch.setattr(Bell, "ring", lambda self: None)
    application = Celery(broker=f"sqla+sqlite:///{tmp_path}/broker.sqlite3")
    taken: list[float] = []
    with application.connection_for_read() as reading, application.connection_for_write() as writing:
        queue = reading.SimpleQueue("bell")
        sending = writing.SimpleQueue("bell")
        for _ in range(20 if heard else 1):
            threading.Timer(0.05, lambda: sending.put({"sent": time.monotonic()})).start()
            message = queue.get(timeout=30)
            taken.append(time.monotonic() - message.payload["sent"])
            message.ack()
    assert sorted(taken)[len(taken) // 2] < (LOOK_SECONDS / 2 if heard else 2 * LOOK_SECONDS)
