"""Commits that share a sync are on the disk before anybody is told, one sync serves many, the journal stays short."""

import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from applications import journal
from applications.journal import Journal

THREADS = 20


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as own:
        own.execute("PRAGMA journal_mode=WAL")
        own.execute("CREATE TABLE t (a)")
        own.execute("INSERT INTO t VALUES (1)")
        yield path


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each sync began; they are as slow as a disk."""
    began: list[float] = []

    def slowly(file: int) -> None:
        began.append(time.monotonic())
        time.sleep(0.05)

    monkeypatch.setattr(os, "fdatasync", slowly)
    return began


def test_those_who_wait_at_once_share_a_sync_that_began_after_they_came(database: Path, synced: list[float]) -> None:
    shared, start = Journal(database), threading.Barrier(THREADS)

    def wait(number: int) -> bool:
        start.wait(10)
        time.sleep(0.005 * number)
        came = time.monotonic()
        shared.wait()
        return any(came <= began and began + 0.05 <= time.monotonic() for began in synced)

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(wait, range(THREADS)))
    assert len(synced) <= 8


def test_a_sync_that_fails_is_told_to_all_who_waited_for_it_and_the_next_is_another(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, begun, go_on = Journal(database), threading.Event(), threading.Event()

    def fails(file: int) -> None:
        begun.set()
        go_on.wait(10)
        raise OSError(5, "the disk")

    monkeypatch.setattr(os, "fdatasync", fails)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(shared.wait)
        assert begun.wait(10)
        others = [pool.submit(shared.wait) for _ in range(2)]
        time.sleep(0.05)
        go_on.set()
        told = [one.exception() for one in (first, *others)]
    assert all(isinstance(one, OSError) for one in told)
    monkeypatch.setattr(os, "fdatasync", lambda file: None)
    shared.wait()


def test_a_journal_that_is_gone_has_nothing_left_to_sync(tmp_path: Path) -> None:
    Journal(tmp_path / "closed.sqlite3").wait()


def test_a_process_has_its_own_journal_open_since_before_it_writes(database: Path, synced: list[float]) -> None:
    """The system tells each open file once that the disk didn't take something; two processes shared one telling."""
    path, one, other = database.with_name("a.sqlite3-wal"), Journal(database), Journal(database)
    assert _descriptors_of(path) == []
    one.open()
    other.open()
    held = _descriptors_of(path)
    assert len(held) == 2
    with closing(sqlite3.connect(database, isolation_level=None)) as own:
        own.execute("INSERT INTO t VALUES (1)")
    for shared in (one, other, one):
        shared.wait()
    assert _descriptors_of(path) == held, "the same as before the write"


def test_a_disk_that_did_not_take_a_commit_is_known_to_both_processes(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Linux has it: an open file is told of what went wrong since it was opened, each once."""
    went_wrong, opened, told = [0], dict[int, int](), dict[int, int]()
    really_open = os.open

    def open_and_note(path: Path, flags: int) -> int:
        file = really_open(path, flags)
        opened[file] = went_wrong[0]
        return file

    def sync(file: int) -> None:
        if told.get(file, opened[file]) < went_wrong[0]:
            told[file] = went_wrong[0]
            raise OSError(5, "the disk")

    monkeypatch.setattr(os, "open", open_and_note)
    monkeypatch.setattr(os, "fdatasync", sync)
    monkeypatch.setattr(journal, "flush", lambda folder: None)
    processes = [Journal(database), Journal(database)]
    for one in processes:
        one.open()
    went_wrong[0] += 1  # what both have written
    for one in processes:
        with pytest.raises(OSError):
            one.wait()
        one.wait()


def test_a_journal_that_was_closed_and_begun_anew_is_the_one_that_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, synced = tmp_path / "b.sqlite3", list[int]()
    monkeypatch.setattr(os, "fdatasync", lambda file: synced.append(os.fstat(file).st_ino))
    shared, kept = Journal(database), []
    for _ in range(2):
        with closing(sqlite3.connect(database, isolation_level=None)) as own:
            own.execute("PRAGMA journal_mode=WAL")
            own.execute("CREATE TABLE IF NOT EXISTS t (a)")
            own.execute("INSERT INTO t VALUES (1)")
            shared.open()
            shared.wait()
            kept.append(database.with_name("b.sqlite3-wal").stat().st_ino)
    assert synced == kept and kept[0] != kept[1]
    assert len(_descriptors_of(tmp_path)) <= 1


def test_a_journal_that_has_grown_is_cut_though_somebody_always_reads(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LARGE", 2**18)
    monkeypatch.setattr(journal, "_PAUSE", 0.0)
    shared, ended = Journal(database), threading.Event()
    size = _size_of(database.with_name("a.sqlite3-wal"))

    def read() -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as own:
            while not ended.is_set():
                own.execute("BEGIN")
                own.execute("SELECT COUNT(*) FROM t").fetchone()
                time.sleep(0.002)
                own.execute("COMMIT")

    with ThreadPoolExecutor(3) as pool, closing(sqlite3.connect(database, isolation_level=None)) as own:
        own.execute("PRAGMA wal_autocheckpoint=0")
        own.execute("PRAGMA synchronous=NORMAL")
        reading = [pool.submit(read) for _ in range(3)]
        sizes = []
        for _ in range(400):
            own.execute("INSERT INTO t VALUES (zeroblob(8192))")
            shared.wait()
            sizes.append(size())
            time.sleep(0.002)
        ended.set()
        for one in reading:
            one.result()
    assert max(sizes) < 2**21  # of 3 MB in all
    assert any(later < before for before, later in itertools.pairwise(sizes))


def _descriptors_of(path: Path) -> list[int]:
    """Those of this process on the file, or on any in the folder, without SQLite's own: they can write."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            name, flags = os.readlink(entry), Path(f"/proc/self/fdinfo/{entry.name}").read_text()
        except FileNotFoundError:  # the one that the folder is read by
            continue
        reads_only = int(flags.split("flags:")[1].split()[0], 8) & os.O_ACCMODE == os.O_RDONLY
        if reads_only and name.startswith(str(path)):
            found.append(int(entry.name))
    return sorted(found)


def _size_of(path: Path) -> Callable[[], int]:
    return lambda: path.stat().st_size
