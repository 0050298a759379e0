"""The embedded broker's messages: one SQLite table. A message that is taken is deleted."""

import sqlite3
from pathlib import Path

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
    """Messages by queue, first in, first out. Any number of processes of one machine may share the file."""

    def __init__(self, path: Path) -> None:
        # Acknowledgements come from other threads than the one that reads; SQLite itself lets them take turns.
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        for statement in _LAYOUT:
            self._rows(statement)

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
        rows: list[tuple[str | int, ...]] = self._database.execute(statement, values).fetchall()
        return rows
