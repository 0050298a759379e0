"""The embedded broker's messages: one SQLite table. A message that is taken is deleted.

The file holds no work, only calls to it. So one that is damaged is set aside and made anew, and the calls are issued
again from the rows.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

_LAYOUT = (
    "PRAGMA auto_vacuum=FULL",  # works before the first table only: what is deleted makes the file smaller
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",  # a power cut may take the last messages; the rows that they stand for are elsewhere
    "PRAGMA wal_autocheckpoint=250",  # pages: a journal of a megabyte
    "CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, payload TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS message_by_queue ON message (queue, id)",
)
_TAKE = "DELETE FROM message WHERE id = (SELECT min(id) FROM message WHERE queue = ?) RETURNING payload"


class MessageFile:
    """Messages by queue, first in, first out. Any number of processes of one machine may share the file.

    Every method raises sqlite3.DatabaseError when the file can't be used: whoever opens it again gets one that can.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _identity(path)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._set_aside()
            self._open()

    def _open(self) -> None:
        # Acknowledgements come from other threads than the one that reads; SQLite itself lets them take turns.
        self._database = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            self._lay_out()
        except sqlite3.Error:
            self.close()
            raise
        self._file = _identity(self._path)

    def _lay_out(self) -> None:
        found = self._database.execute("PRAGMA quick_check(1)").fetchall()
        if found != [("ok",)]:
            raise _Damaged(found)
        for statement in _LAYOUT:
            self._database.execute(statement).fetchall()

    def _set_aside(self) -> None:
        """Of processes that find the damage at the same time, one does it. The last damaged file is kept."""
        with _alone(self._path.with_suffix(".lock")):
            if _identity(self._path) != self._file:
                return
            aside = self._path.with_suffix(".damaged")
            log.warning("the embedded broker's file is damaged: it is now %s, and a new one is made", aside)
            os.replace(self._path, aside)
            for journal in ("-wal", "-shm"):
                self._path.with_name(self._path.name + journal).unlink(missing_ok=True)

    def put(self, queue: str, payload: str) -> None:
        self._rows("INSERT INTO message (queue, payload) VALUES (?, ?)", queue, payload)

    def take(self, queue: str) -> str | None:
        """The oldest message, which is deleted; None when there is none (a look without a writer's lock)."""
        if not self._rows("SELECT 1 FROM message WHERE queue = ? LIMIT 1", queue):
            return None
        taken = self._rows(_TAKE, queue)
        return str(taken[0][0]) if taken else None

    def count(self, queue: str) -> int:
        return int(self._rows("SELECT count(*) FROM message WHERE queue = ?", queue)[0][0])

    def purge(self, queue: str) -> int:
        """Delete all messages of a queue. Returns how many there were."""
        return len(self._rows("DELETE FROM message WHERE queue = ? RETURNING id", queue))

    def forget_old_layout(self) -> None:
        """Drop the tables in which versions up to 0.1 kept every message for ever, and give back the room they took."""
        if self._rows("SELECT 1 FROM sqlite_master WHERE name = 'kombu_message'"):
            for statement in ("DROP TABLE kombu_message", "DROP TABLE IF EXISTS kombu_queue", _LAYOUT[0], "VACUUM"):
                self._rows(statement)

    def close(self) -> None:
        self._database.close()

    def _rows(self, statement: str, *values: str) -> list[tuple[str | int, ...]]:
        if _identity(self._path) != self._file:
            raise sqlite3.OperationalError("the embedded broker's file was replaced")
        rows: list[tuple[str | int, ...]] = self._database.execute(statement, values).fetchall()
        return rows


class _Damaged(sqlite3.DatabaseError):
    """SQLite's own check found something."""


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Rather than a file that is locked, or a disk that is full."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, _Damaged) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is that lies there; None when none does."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
