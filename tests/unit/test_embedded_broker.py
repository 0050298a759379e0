"""The embedded broker: what wakes its workers, and that it forgets what it has delivered."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from celery import Celery
from django.conf import LazySettings

from config.broker.message_file import MessageFile
from config.broker.prepare import prepare_broker
from config.broker.transport import LOOK_SECONDS
from config.broker.wakeup import Wakeup, first_of
from config.celery import app

PAYLOAD = "x" * 1100  # as large as they are


def waited(wakeup: Wakeup, seconds: float) -> float:
    began = time.monotonic()
    first_of([wakeup.listen()], seconds=seconds)
    return time.monotonic() - began


@pytest.fixture
def file(tmp_path: Path) -> Iterator[MessageFile]:
    with closing(MessageFile(tmp_path / "broker.sqlite3")) as opened:
        yield opened


def test_another_process_wakes_who_waits(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path / "broker.wake")
    wakeup.listen()
    path = str(tmp_path / "broker.wake")
    script = f"from pathlib import Path; from config.broker.wakeup import Wakeup; Wakeup(Path({path!r}))"
    calling = subprocess.Popen([sys.executable, "-c", f"{script}.wake()"], cwd=Path(__file__).parents[2])
    assert waited(wakeup, 30) < 20
    assert calling.wait() == 0


def test_a_call_from_before_is_heard_once(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path / "broker.wake")
    wakeup.listen()
    wakeup.wake()
    wakeup.wake()
    assert waited(wakeup, 30) < 20
    assert waited(wakeup, 0.2) >= 0.19


def test_calling_where_nobody_listens_or_no_pipe_can_be_does_no_harm(tmp_path: Path) -> None:
    Wakeup(tmp_path / "broker.wake").wake()
    nowhere = Wakeup(tmp_path / "no such folder" / "broker.wake")
    nowhere.wake()
    assert waited(nowhere, 0.1) >= 0.09


def _celery(folder: Path) -> Celery:
    """Not this thread's current one, which the tests that come after would speak to beside the product's own."""
    return Celery(broker=f"sqlite:///{folder}/broker.sqlite3", set_as_current=False)


@pytest.mark.parametrize("heard", [True, False])
def test_a_message_wakes_the_worker_and_is_found_even_if_the_call_is_not_heard(
    tmp_path: Path, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not heard:
        monkeypatch.setattr(Wakeup, "wake", lambda self: None)
    application = _celery(tmp_path)
    taken: list[float] = []
    with application.connection_for_read() as reading, application.connection_for_write() as writing:
        queue = reading.SimpleQueue("pictures")
        sending = writing.SimpleQueue("pictures")
        for _ in range(20 if heard else 1):
            threading.Timer(0.05, lambda: sending.put({"sent": time.monotonic()})).start()
            message = queue.get(timeout=30)
            taken.append(time.monotonic() - message.payload["sent"])
            message.ack()
    assert median(taken) < (LOOK_SECONDS / 2 if heard else 2 * LOOK_SECONDS)


def test_a_reader_that_is_full_goes_on_as_soon_as_another_thread_has_made_room(tmp_path: Path) -> None:
    application = _celery(tmp_path)
    with application.connection_for_read() as reading, application.connection_for_write() as writing:
        sending, queue = writing.SimpleQueue("pictures"), reading.SimpleQueue("pictures")
        queue.consumer.qos(prefetch_count=1)
        for _ in range(20):
            sending.put({})
        began = time.monotonic()
        for _ in range(20):
            beginning = threading.Timer(0.01, queue.get(timeout=30).ack)
            beginning.start()
        assert time.monotonic() - began < 20 * LOOK_SECONDS / 2
        beginning.join()


def test_what_was_taken_and_not_begun_is_there_for_the_next(tmp_path: Path) -> None:
    application = _celery(tmp_path)
    with application.connection_for_write() as writing:
        writing.SimpleQueue("pictures").put({"number": 1})
    with application.connection_for_read() as reading:
        reading.SimpleQueue("pictures").get(timeout=5)  # never acknowledged
    with application.connection_for_read() as reading:
        assert reading.SimpleQueue("pictures").get(timeout=5).payload == {"number": 1}


def test_messages_come_in_their_order_each_once_and_by_queue(file: MessageFile) -> None:
    for number in range(3):
        file.put("pictures", f"{number}")
    file.put("analyses", "other")
    assert [file.take("pictures") for _ in range(4)] == ["0", "1", "2", None]
    assert (file.count("pictures"), file.count("analyses")) == (0, 1)
    assert file.purge("analyses") == 1
    assert file.take("analyses") is None


def test_after_a_year_the_file_is_as_small_and_a_look_as_quick_as_on_the_first_day(
    file: MessageFile, tmp_path: Path
) -> None:
    """A year with a message an hour, which wait for each other a day long."""
    path = tmp_path / "broker.sqlite3"
    first, day_one = 0.0, 0
    for day in range(365):
        for _ in range(24):
            file.put("maintenance", PAYLOAD)
        for _ in range(24):
            assert file.take("maintenance")
        if day == 0:
            first, day_one = _look(file), path.stat().st_size
    assert path.stat().st_size <= max(day_one, 100_000)
    assert _bytes(tmp_path) < 2_500_000  # with SQLite's journal, which is the same at any age
    assert _look(file) < 2 * first + 0.0005


def test_a_backlog_that_is_worked_off_gives_its_room_back(file: MessageFile, tmp_path: Path) -> None:
    for _ in range(3000):
        file.put("pictures", PAYLOAD)
    assert _bytes(tmp_path) > 3000 * len(PAYLOAD)
    while file.take("pictures"):
        pass
    file.close()
    assert _bytes(tmp_path) < 100_000


def test_the_file_of_an_earlier_version_shrinks_at_the_start(tmp_path: Path, settings: LazySettings) -> None:
    path = tmp_path / "broker.sqlite3"
    settings.BROKER_URL = f"sqlite://{path}"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE kombu_queue (id INTEGER PRIMARY KEY, name TEXT)")
        database.execute("CREATE TABLE kombu_message (id INTEGER PRIMARY KEY, visible BOOLEAN, payload TEXT)")
        database.executemany("INSERT INTO kombu_message (payload) VALUES (?)", [(PAYLOAD,)] * 5000)
    (tmp_path / "broker.bell").touch()
    assert _bytes(tmp_path) > 5_000_000
    prepare_broker()
    prepare_broker()
    assert _bytes(tmp_path) < 100_000
    assert [file.name for file in tmp_path.iterdir()] == ["broker.sqlite3"]
    with closing(MessageFile(path)) as file:
        file.put("pictures", "still works")
        assert file.take("pictures") == "still works"


def _damaged(path: Path, how: str) -> None:
    with closing(MessageFile(path)) as file:
        for _ in range(100):
            file.put("pictures", PAYLOAD)
    data = path.read_bytes()
    broken = {
        "another file": b"no database at all" * 500,
        "cut off": data[: len(data) // 2],
        "a hole": data[:4096] + bytes(20000) + data[24096:],
    }
    path.write_bytes(broken[how])


@pytest.mark.parametrize("how", ["another file", "cut off", "a hole"])
def test_a_damaged_file_is_set_aside_and_the_instance_starts(
    tmp_path: Path, settings: LazySettings, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "broker.sqlite3"
    settings.BROKER_URL = f"sqlite:///{path}"
    _damaged(path, how)
    prepare_broker()
    assert "damaged" in caplog.text
    assert path.with_suffix(".damaged").exists()
    with closing(MessageFile(path)) as file:
        file.put("pictures", "one")
        assert file.take("pictures") == "one"


def test_a_damaged_file_that_cannot_be_set_aside_is_tried_again_by_a_worker(tmp_path: Path) -> None:
    """A full disk, or a folder that mustn't be written to, raise another error than SQLite's own."""
    path = tmp_path / "broker.sqlite3"
    _damaged(path, "another file")
    path.with_suffix(".lock").mkdir()
    with app.connection_for_read(f"sqlite:///{path}") as connection, pytest.raises(connection.connection_errors):
        connection.default_channel.queue_declare("pictures")


def test_a_worker_never_gives_up_connecting() -> None:
    """Celery's own patience ends after a hundred tries, in fifty minutes."""
    tries = 0

    def told(error: Exception, seconds: float) -> None:
        nonlocal tries
        tries += 1
        if tries > 150:
            raise KeyboardInterrupt

    with app.connection_for_read("redis://127.0.0.1:1/") as connection, pytest.raises(KeyboardInterrupt):
        most = app.conf.broker_connection_max_retries
        connection.ensure_connection(told, most, interval_start=0, interval_step=0)


def test_a_file_that_is_replaced_under_a_reader_is_noticed(file: MessageFile, tmp_path: Path) -> None:
    """Otherwise the reader would wait for ever on a file that nobody writes to any more."""
    path = tmp_path / "broker.sqlite3"
    file._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(b"no database at all" * 500)
    with closing(MessageFile(path)) as anew:
        anew.put("pictures", "one")
        with pytest.raises(sqlite3.DatabaseError):
            file.take("pictures")
        assert anew.take("pictures") == "one"


def test_a_file_that_cannot_be_written_does_not_keep_the_instance_from_starting(
    tmp_path: Path, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BROKER_URL = f"sqlite:///{tmp_path / 'no such folder' / 'broker.sqlite3'}"
    prepare_broker()
    assert "can't be used" in caplog.text


def _look(file: MessageFile) -> float:
    """Seconds that an empty look takes."""
    taken = []
    for _ in range(200):
        began = time.perf_counter()
        assert file.take("maintenance") is None
        taken.append(time.perf_counter() - began)
    return median(taken)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("broker.sqlite3*"))
