"""What an answer reads, whatever else the machine does: steps of SQLite's own machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def steps_counted() -> Iterator[list[int]]:
    """How many hundred steps SQLite's machine makes meanwhile, times a hundred."""
    count = [0]

    def tick() -> int:
        count[0] += 100
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(tick, 100)
    try:
        yield count
    finally:
        connection.connection.set_progress_handler(None, 100)
