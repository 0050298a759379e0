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


def _size_of(path: Path) -> Callable[[], int]:
    return lambda: path.stat().st_size
