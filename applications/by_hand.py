"""Statements by hand and not by the ORM: asked hundreds of times a second, they would mostly be compiled.

They are the same for PostgreSQL and SQLite but for the clock, and for locks, which the one writer of SQLite needs none
of. In one with arguments a percent sign is written twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

_FORMAT = "'%%Y-%%m-%%d %%H:%%M:%%f'"
_SQLITE_LATER = f"STRFTIME({_FORMAT}, 'NOW', %s || ' seconds')"


def rows(statement: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(statement, arguments)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def touched(statement: str, arguments: Sequence[Any]) -> int:
    """How many rows it changed."""
    with _cursor() as cursor:
        cursor.execute(statement, arguments)
        number: int = cursor.rowcount
        return number


@contextmanager
def _cursor() -> Iterator[Any]:
    """Django's own; on PostgreSQL one whose plans the server keeps: making them takes longer than carrying them out.

    Django has no other word for a cursor of another kind, which its wrappers and its count of queries know of as well.
    """
    if not postgresql():
        with connection.cursor() as cursor:
            yield cursor
        return
    own: Any = connection
    own.close_if_health_check_failed()
    own.ensure_connection()
    with own.wrap_database_errors:
        bare = own.Database.Cursor(own.connection)
    with own._prepare_cursor(bare) as cursor:
        yield cursor


def as_stored(value: UUID) -> Any:
    """PostgreSQL has a type for it, SQLite keeps its digits."""
    return value if postgresql() else value.hex


def postgresql() -> bool:
    return connection.vendor == "postgresql"


def places(number: int) -> str:
    """For so many arguments."""
    return ", ".join(["%s"] * number)


def now() -> str:
    """As Now() of the ORM has it."""
    return "STATEMENT_TIMESTAMP()" if postgresql() else f"STRFTIME({_FORMAT}, 'NOW')"


def later() -> str:
    """So many seconds later, which are an argument."""
    return "STATEMENT_TIMESTAMP() + INTERVAL '1 second' * %s" if postgresql() else _SQLITE_LATER
