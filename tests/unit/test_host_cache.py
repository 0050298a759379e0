"""Processes of one host count together, exactly, and go on counting for themselves when their file can't be used."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache

from applications.counting import count_up
from config import host_cache

PROCESSES, EACH = 2, 1500
COUNTING = """
import sys
from django.conf import settings
settings.configure(
    ZOETROPE_DATA_DIR=sys.argv[1],
    CACHES={"default": {"BACKEND": "config.host_cache.HostCache", "LOCATION": "counts.sqlite3"}},
)
from applications.counting import count_up
print(*(count_up("key", seconds=60) for _ in range(int(sys.argv[2]))))
"""


@pytest.fixture(autouse=True)
def well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_cache, "_file", host_cache.CountFile())


def test_two_processes_that_count_at_once_never_get_the_same_number(data_dir: Path) -> None:
    command = [sys.executable, "-c", COUNTING, str(data_dir), str(EACH)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    numbers = [int(number) for one in running for number in one.communicate(timeout=60)[0].split()]
    assert sorted(numbers) == list(range(1, PROCESSES * EACH + 1))


def test_what_has_ended_is_counted_anew() -> None:
    with time_machine.travel(1_000_000_000, tick=False) as clock:
        assert [count_up("a", seconds=5), count_up("a", seconds=5)] == [1, 2]
        clock.shift(6)
        assert count_up("a", seconds=5) == 1
        assert cache.get("a") == 1


def test_it_is_a_cache_as_django_has_them() -> None:
    cache.set("a", ["x", 1.5, None])
    assert cache.get("a") == ["x", 1.5, None]
    assert not cache.add("a", 2)
    with pytest.raises(ValueError, match="no number"):
        cache.incr("a")
    assert cache.touch("a", 10)
    assert cache.delete("a")
    assert not cache.touch("a", 10)
    assert cache.get("a", "none") == "none"
    cache.set("for ever", 1, timeout=None)
    assert cache.decr("for ever") == 0
    cache.clear()
    assert "for ever" not in cache


def test_a_process_that_stopped_while_it_writes_holds_nobody_up(data_dir: Path) -> None:
    assert count_up("a", seconds=60) == 1
    writer = sqlite3.connect(data_dir / "counts.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert [count_up("b", seconds=60) for _ in range(20)] == list(range(1, 21))
    assert time.monotonic() - began < 2
    writer.close()


def test_a_damaged_file_is_made_anew(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_cache, "APART_SECONDS", 0.0)
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "counts.sqlite3").write_bytes(b"nonsense" * 1000)
    count_up("a", seconds=60)
    count_up("b", seconds=60)
    assert count_up("b", seconds=60) == 2
    assert (data_dir / "counts.sqlite3").read_bytes().startswith(b"SQLite format 3")


def test_a_flood_of_names_is_bounded(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_cache, "MOST_ENTRIES", 50)
    monkeypatch.setattr(host_cache, "_TIDY_EVERY", 5)
    for number in range(201):
        count_up(f"name {number}", seconds=60)
    held = sqlite3.connect(data_dir / "counts.sqlite3").execute("SELECT count(*) FROM entry").fetchone()
    assert held[0] <= 55
