"""Transactions for what happens all the time: queued for on SQLite, and some such that a power cut undoes them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from media_jobs.store.exclusive import in_turn


@contextmanager
def light_transaction() -> Iterator[None]:
    """Atomic, and seen by everybody at once, but not waited for until the disk has it.

    For what nobody was promised: a claim that is lost with the machine leaves the job waiting, as if it had never been
    made, and its token opens nothing. A later transaction that is waited for brings this one to the disk before itself.
    Within another transaction it is a part of that one.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
            yield
    else:
        with turn_to_write(), _less_synchronous(), transaction.atomic():
            yield


@contextmanager
def turn_to_write() -> Iterator[None]:
    """Around a transaction. SQLite has one writer; whoever else would write sleeps, looks again, and sleeps longer.

    Here he queues by a lock of the kernel's instead, and is woken. Nothing is wrong without it, only slow. Never waits
    while a transaction is open, so that nobody waits in a circle.
    """
    if connection.vendor == "postgresql" or connection.in_atomic_block:
        yield
    else:
        with in_turn("database"):
            yield


@contextmanager
def _less_synchronous() -> Iterator[None]:
    """SQLite's setting belongs to the connection, and can't be changed within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (usual,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous = {int(usual)}")
