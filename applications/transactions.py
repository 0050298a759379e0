"""A use case's transaction, and what may be done about a database that breaks it off.

docs/architecture.md 7 says in which order rows are locked. Should two transactions wait for each other all the same,
the database ends one of them; that one did nothing, and is tried again.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet

from applications.errors import NotFound
from applications.journal import Journal

# What Django raises while the database is away, restarting, full, or has ended this transaction for another's sake.
DATABASE_AWAY = (OperationalError, InterfaceError)
AWAY = "The database doesn't answer at the moment. Nothing was changed that you weren't told of; try again in a moment."
RETRY_AFTER = 2  # seconds that a client is asked to wait then

_TRIES = 5
_PAUSE = 0.02  # seconds before the second try, twice as long before each further one
_DEADLOCK, _SERIALIZATION_FAILURE = "40P01", "40001"

# PostgreSQL: makes the transaction that it stands in a light one.
LIGHT = "set_config('synchronous_commit', 'off', TRUE)"

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row", bound=Model)


def atomic(use_case: Callable[P, R]) -> Callable[P, R]:
    """All of it or nothing, as Django's; and again, at most four times, if the database ended it for another's sake.

    So a use case mustn't do outside of the database what can't be done twice: that waits for the commit. Within another
    transaction it is a part of that one, which is then tried again as a whole.
    """

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if connection.in_atomic_block else _TRIES
        for attempt in range(1, tries):
            try:
                with transaction.atomic():
                    return use_case(*args, **kwargs)
            except OperationalError as error:
                if not _gave_way(error):
                    raise
                time.sleep(_PAUSE * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311  spreads, guards nothing
        with transaction.atomic():
            return use_case(*args, **kwargs)

    return run


@contextmanager
def light_transaction(*, said: bool = False) -> Iterator[None]:
    """Atomic, and seen by everybody at once, but not waited for until the disk has it.

    For what nobody was promised: a claim that is lost with the machine leaves the job waiting, or the event to hand
    out, as if it had never been made, and its token opens nothing. A later transaction that is waited for brings this
    one to the disk before itself. `said`: a statement within has LIGHT in it anyway. Within another transaction it is a
    part of that one.
    """
    if connection.in_atomic_block:
        with transaction.atomic(savepoint=False):
            yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            if not said:
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {LIGHT}")
            yield
    else:
        with _less_synchronous(), transaction.atomic():
            yield


@contextmanager
def light_statement() -> Iterator[None]:
    """As light_transaction, around one statement, which is a transaction by itself; on PostgreSQL LIGHT is in it."""
    if connection.in_atomic_block or connection.vendor == "postgresql":
        yield
    else:
        with _less_synchronous():
            yield


@contextmanager
def synced_together() -> Iterator[None]:
    """Around a use case, its transaction included, that hundreds may want a second: it is on the disk when this ends.

    As durable as any; but on SQLite the one writer's lock is given back before the disk is waited for, and those that
    wait share a sync (applications/journal.py). So what is done on the commit is done a moment before that. Within
    another transaction it is a part of that one.
    """
    if connection.in_atomic_block or connection.vendor != "sqlite":
        yield
        return
    journal = _journal(str(connection.settings_dict["NAME"]))
    with _less_synchronous():
        journal.open()
        yield
    try:
        journal.wait()
    except OSError as error:
        raise OperationalError(str(error)) from error


@cache
def _journal(database: str) -> Journal:
    return Journal(Path(database))


@contextmanager
def _less_synchronous() -> Iterator[None]:
    """SQLite's setting belongs to the connection, and can't be changed within a transaction; FULL is the settings'."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous = FULL")


def locked_row(rows: QuerySet[Row], pk: object, *, gone: str) -> Row:
    """The row as it is now, ours to change until the transaction ends. Raises NotFound, saying `gone`.

    Rows that only refer to it can be written meanwhile: no key of ours ever changes.
    """
    row = rows.select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound(gone)
    return row


def _gave_way(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in (_DEADLOCK, _SERIALIZATION_FAILURE)
