"""SQLite's journal on the disk, by one sync for all threads that wait for it at a moment.

At `synchronous=FULL` SQLite syncs within each commit, under the one writer's lock: a disk that takes 4 ms lets no more
than 250 commits a second through, whoever they are for. A commit at NORMAL writes the same bytes to the same place and
doesn't wait; synced before anybody is told of it, it is as durable. What others wrote after it on its grounds lies
behind it in the journal, so that no power cut keeps theirs and takes it.

Linux tells each open file once of a disk that didn't take what was written, and one that is opened after somebody was
told of nothing. So every process has it open since before it writes.

With that many commits there is never a moment at which SQLite would begin its journal anew by itself: it would grow by
gigabytes, and reading with it. So one that has grown is cut by a thread of its own, writers waiting a few milliseconds.
"""

import logging
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from applications.durable import flush

log = logging.getLogger(__name__)

LARGE = 8 * 2**20  # bytes
_PATIENCE = 0.05  # seconds that writers wait while somebody still reads what is to be cut
_PAUSE = 1.0  # seconds between two cuts


class Journal:
    """The write-ahead log beside a database's file."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}-wal")
        self._turn = threading.Condition()
        self._begun = self._done = self._failed = 0  # numbers of syncs
        self._is_syncing = False
        self._file: int | None = None
        self._entered: tuple[int, int] | None = None  # the file whose name is on the disk, too
        self._cut_again_at = float("-inf")

    def open(self) -> None:
        """Before the writing of what `wait` is for, on a connection that is open: so nobody puts another file there."""
        with self._turn:
            if not self._is_syncing:  # else it is open, and whoever waits for the sync has a connection that keeps it
                self._opened()

    def wait(self) -> None:
        """Until all that was committed before is on the disk. Raises OSError when that can't be told."""
        with self._turn:
            wanted = self._begun + 1  # the one under way may have begun too early
            while self._done < wanted:
                if self._failed >= wanted:  # the system tells it once; another sync would know of nothing
                    raise OSError(f"{self._path} couldn't be synced.")
                if self._is_syncing:
                    self._turn.wait()
                else:
                    self._sync_for_all()

    def _sync_for_all(self) -> None:
        """Nobody else begins one meanwhile."""
        self._is_syncing, self._begun = True, self._begun + 1
        self._turn.release()
        try:
            self._sync()
        except OSError:
            with self._turn:
                self._failed = self._begun
            raise
        finally:
            self._turn.acquire()
            self._is_syncing = False
            self._turn.notify_all()
        self._done = self._begun

    def _opened(self) -> int | None:
        """The journal's file, opened if it is another one than before; None without one."""
        try:
            facts = os.stat(self._path)
            if self._file is not None and os.path.samestat(facts, os.fstat(self._file)):
                return self._file
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            file = None
        if self._file is not None:
            os.close(self._file)
        self._file = file
        return file

    def _sync(self) -> None:
        file = self._opened()
        if file is None:
            return  # whoever closes a database last brings what is in its journal to the disk, and then deletes it
        os.fdatasync(file)
        facts = os.fstat(file)
        if self._entered != (facts.st_dev, facts.st_ino):
            flush(self._path.parent)
            self._entered = (facts.st_dev, facts.st_ino)
        if facts.st_size > LARGE and time.monotonic() > self._cut_again_at:
            self._cut_again_at = float("inf")
            threading.Thread(target=self._cut, name="journal", daemon=True).start()

    def _cut(self) -> None:
        """Most of it goes to the database while others write, the rest at once."""
        try:
            with closing(sqlite3.connect(self._database, timeout=_PATIENCE, isolation_level=None)) as own:
                for how in ("PASSIVE", "TRUNCATE"):
                    own.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
        except sqlite3.Error as error:
            log.warning("the database's journal can't be cut: %s", error)
        finally:
            self._cut_again_at = time.monotonic() + _PAUSE
