"""A consistent copy of the database while it is used, and the way back: by SQLite, or by pg_dump and pg_restore."""

import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg.pq import Conninfo

from config.backup.later_tables import later_tables_out_of_the_way

_HOURS = 6 * 3600  # seconds, for a dump or its way back


class DatabaseCopyFailed(Exception):
    pass


def file_name() -> str:
    return "database.sqlite3" if connection.vendor == "sqlite" else "database.dump"


@contextmanager
def copied(folder: Path) -> Iterator[None]:
    """Copy the database into `folder`. Rows that are read while the context lasts are those of the copy."""
    copy = _sqlite_copied if connection.vendor == "sqlite" else _postgresql_copied
    with copy(folder / file_name()):
        yield


def put_back(folder: Path) -> None:
    """The copy in place of what is there. Nobody else may use the database. Raises DatabaseCopyFailed."""
    source = folder / file_name()
    if not source.exists():
        raise DatabaseCopyFailed(f"{folder} holds no {file_name()}: it is no backup of such a database.")
    connection.close()
    if connection.vendor == "sqlite":
        _put_file_back(source)
    else:
        with later_tables_out_of_the_way(_tables_in(source)):
            _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction",
                 "--exit-on-error", "--dbname", _name(), str(source))  # fmt: skip


@contextmanager
def _sqlite_copied(target: Path) -> Iterator[None]:
    """One reader's look at it; writers go on, in their log."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            cursor.execute("SELECT count(*) FROM django_migrations")
            with closing(sqlite3.connect(target)) as copy:
                connection.connection.backup(copy)
                found = copy.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise DatabaseCopyFailed(f"The database is damaged: {found}")
            _flush(target)
            yield
        finally:
            cursor.execute("ROLLBACK")


@contextmanager
def _postgresql_copied(target: Path) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # the snapshot lasts as long as this
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
             f"--file={target}", _name())  # fmt: skip
        _flush(target)
        yield


def _put_file_back(source: Path) -> None:
    """The database that was there stays beside it, under another name."""
    target = Path(str(connection.settings_dict["NAME"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.restored")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    _flush(draft)
    before = f".before-{time.strftime('%Y%m%d-%H%M%S')}"
    for suffix in ("", "-wal", "-shm"):  # the log belongs to the file
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.rename(target.with_name(target.name + before + suffix))
    draft.rename(target)


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _tables_in(dump: Path) -> set[str]:
    """By its list: `245; 1259 16412 TABLE public media_jobs_job owner`."""
    return set(re.findall(r"^\d+; \d+ \d+ TABLE \S+ (\S+) ", _run("pg_restore", "--list", str(dump)), re.MULTILINE))


def _run(program: str, *arguments: str) -> str:
    """What it writes. The password goes by the environment, where `ps` doesn't show it."""
    if settings.ZOETROPE_POOLER:  # both set things for a session, which a pooler then gives to others
        raise DatabaseCopyFailed(
            f"{program} must speak to PostgreSQL itself: its address in DATABASE_URL, and ZOETROPE_POOLER=0."
        )
    try:
        done = subprocess.run(  # noqa: S603  our own arguments
            [program, *arguments], env=program_environment(connection.settings_dict), capture_output=True, text=True,
            timeout=_HOURS, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise DatabaseCopyFailed(f"{program} isn't installed (Debian: postgresql-client).") from None
    if done.returncode:
        raise DatabaseCopyFailed(f"{program}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def program_environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """What DATABASE_URL says of the server and of the way to it, certificates too, as PostgreSQL's programs hear it."""
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
    ways = {one.keyword.decode(): one.envvar.decode() for one in Conninfo.get_defaults() if one.envvar}
    del ways["options"]  # they are a session's of ours
    given = {ways[name]: value for name, value in settings["OPTIONS"].items() if name in ways}
    return {
        **os.environ,
        **{name: str(value) for name, value in given.items()},
        **{name: str(settings[key]) for key, name in names.items() if settings.get(key)},
    }


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
