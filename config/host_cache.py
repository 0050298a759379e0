"""What the web processes of one host count together, without a server for it: Django's cache in an SQLite file.

Django's own caches don't do: in memory each process counts for itself (and forgets a third when it holds 300 entries),
in files and in the database `incr` reads and then writes, so that two at once count as one. Here each call is one
statement, nothing is ever synced, and a power cut may forget it.

A file that can't be used (a full disk, a process stopped while it writes) stops nobody: for a few seconds this process
then counts for itself.
"""

import json
import logging
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache

from applications.counting import CountsUp

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_ENTRIES = 200_000  # about 40 MB; those that end first go first
APART_SECONDS = 5.0
_PATIENCE = 0.25  # seconds to wait for another process
_TIDY_EVERY, _TIDY_MOST = 500, 2000  # changes between two looks for what has expired; rows a look deletes at most
_LAYOUT = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=OFF",
    "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value NOT NULL, ends REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS entry_by_end ON entry (ends)",
)
_GET = "SELECT value FROM entry WHERE key = ? AND ends > ?"
_SET = "INSERT INTO entry VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends = excluded.ends"
_ADD = f"{_SET} WHERE entry.ends <= ?"
_TOUCH = "UPDATE entry SET ends = ? WHERE key = ? AND ends > ?"
_INCR = "UPDATE entry SET value = value + ? WHERE key = ? AND ends > ? AND typeof(value) = 'integer' RETURNING value"
_COUNT_UP = """
INSERT INTO entry VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET
    value = CASE WHEN ends > ? AND typeof(value) = 'integer' THEN value + 1 ELSE 1 END,
    ends = CASE WHEN ends > ? THEN ends ELSE excluded.ends END
RETURNING value
"""
_TIDY = "DELETE FROM entry WHERE key IN (SELECT key FROM entry WHERE ends <= ? ORDER BY ends LIMIT ?)"
_COUNT = "SELECT count(*) FROM entry"


class CountFile:
    """One connection a process, whose threads take turns; opened anew when the file is another one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._opened: tuple[Path, int, int] | None = None
        self._changes = 0
        self._apart_until = 0.0

    def run(self, path: Path, statement: str, values: tuple[Any, ...]) -> tuple[list[Any], int]:
        """The rows, and how many were changed. Raises sqlite3.Error, at once while the file was found unusable."""
        with self._turn:
            if time.monotonic() < self._apart_until:
                raise sqlite3.OperationalError("The file couldn't be used a moment ago.")
            try:
                return self._run(path, statement, values)
            except (sqlite3.Error, OSError) as error:
                self._set_apart(path, error)
                raise sqlite3.OperationalError(str(error)) from error

    def _run(self, path: Path, statement: str, values: tuple[Any, ...]) -> tuple[list[Any], int]:
        if self._database is None or self._opened != _identity(path):
            self._open(path)
        assert self._database is not None
        found = self._database.execute(statement, values)
        rows, changed = found.fetchall(), found.rowcount
        if changed > 0:
            self._changes += 1
            if self._changes % _TIDY_EVERY == 0:
                self._tidy(self._database)
        return rows, changed

    def _tidy(self, database: sqlite3.Connection) -> None:
        database.execute(_TIDY, (time.time(), _TIDY_MOST))
        beyond = database.execute(_COUNT).fetchone()[0] - MOST_ENTRIES
        if beyond > 0:
            database.execute(_TIDY, (math.inf, beyond))

    def _open(self, path: Path) -> None:
        self._close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        for statement in _LAYOUT:
            self._database.execute(statement).fetchall()
        self._opened = _identity(path)

    def _set_apart(self, path: Path, error: Exception) -> None:
        """What is damaged is deleted, by one who has seen just this file: counts are worth no more."""
        log.warning("%s can't be used (%s); for %.0f s this process counts for itself.", path, error, APART_SECONDS)
        self._apart_until = time.monotonic() + APART_SECONDS
        seen = self._opened
        self._close()
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        if damaged and seen in (None, _identity(path)):
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                with suppress(OSError):
                    path.with_name(name).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
        self._database = self._opened = None


_file = CountFile()  # of this process: Django makes one cache object for each thread


class HostCache(CountsUp, BaseCache):
    """`location` is a name in the data folder. Values are what JSON can hold; whole numbers can be counted up."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._location = location
        self._own = LocMemCache(location, {"OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}})

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        def shared() -> Any:
            rows, _ = self._run(_GET, self._name(key, version), time.time())
            return _loaded(rows[0][0]) if rows else default

        return self._or_apart(shared, lambda: self._own.get(key, default, version))

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        kept = _kept(value)
        self._or_apart(
            lambda: self._run(_SET, self._name(key, version), kept, self._end(timeout)),
            lambda: self._own.set(key, value, timeout, version),
        )

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        kept = _kept(value)
        return self._or_apart(
            lambda: self._run(_ADD, self._name(key, version), kept, self._end(timeout), time.time())[1] > 0,
            lambda: self._own.add(key, value, timeout, version),
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._or_apart(
            lambda: self._run(_TOUCH, self._end(timeout), self._name(key, version), time.time())[1] > 0,
            lambda: self._own.touch(key, timeout, version),
        )

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for what isn't there, or no number."""

        def shared() -> int:
            rows, _ = self._run(_INCR, delta, self._name(key, version), time.time())
            if not rows:
                raise ValueError(f"There is no number {key!r}.")
            return int(rows[0][0])

        return self._or_apart(shared, lambda: self._own.incr(key, delta, version))

    def count_up(self, key: str, timeout: float) -> int:
        def shared() -> int:
            now = time.time()
            rows, _ = self._run(_COUNT_UP, self._name(key, None), now + timeout, now, now)
            return int(rows[0][0])

        def apart() -> int:
            return 1 if self._own.add(key, 1, timeout) else self._own.incr(key)

        return self._or_apart(shared, apart)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._or_apart(
            lambda: self._run("DELETE FROM entry WHERE key = ?", self._name(key, version))[1] > 0,
            lambda: self._own.delete(key, version),
        )

    def clear(self) -> None:
        self._own.clear()
        self._or_apart(lambda: self._run("DELETE FROM entry"), lambda: None)

    def _run(self, statement: str, *values: Any) -> tuple[list[Any], int]:
        return _file.run(Path(settings.ZOETROPE_DATA_DIR) / self._location, statement, values)

    def _or_apart(self, shared: Callable[[], T], apart: Callable[[], T]) -> T:
        try:
            return shared()
        except sqlite3.Error:
            return apart()

    def _name(self, key: str, version: int | None) -> str:
        return self.make_key(key, version=version)

    def _end(self, timeout: Any) -> float:
        ends = self.get_backend_timeout(timeout)
        return math.inf if ends is None else float(ends)


def _kept(value: Any) -> int | str:
    return value if type(value) is int else json.dumps(value)


def _loaded(kept: int | str) -> Any:
    return kept if isinstance(kept, int) else json.loads(kept)


def _identity(path: Path) -> tuple[Path, int, int] | None:
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        return None
    return path, facts.st_dev, facts.st_ino
