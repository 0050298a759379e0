"""Kept connections to PostgreSQL: one that its server has ended is noticed without asking.

Django asks each once a request (`SELECT 1`), which is a quarter of all that a small request says to the database. A
server that stops, or ends a connection, says so on it: as long as nothing has come, nobody needs to ask. A pooler in
between doesn't say what became of the server behind it, so there Django goes on asking.
"""

import select
from typing import Any

from django.conf import settings
from django.db import connections


def trust_the_silent(**_: Any) -> None:
    """When a request begins, after Django has let go of what outlived its time."""
    if settings.ZOETROPE_POOLER:
        return
    kept: list[Any] = list(connections.all(initialized_only=True))
    for connection in kept:
        if connection.connection is not None and _is_silent(connection):
            connection.health_check_done = True


def _is_silent(connection: Any) -> bool:
    if connection.connection.closed:
        return False
    line = select.poll()  # takes descriptors beyond 1,023, too
    line.register(connection.connection.fileno(), select.POLLIN)
    return not line.poll(0)
