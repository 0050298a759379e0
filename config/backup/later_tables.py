"""Tables of PostgreSQL that a release after the backup's has added: nothing in the backup replaces them.

What refers from them to others would keep those from being replaced; and they themselves would be in the way of the
migration that makes them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.migrations.loader import MigrationLoader

_REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid IN (SELECT to_regclass(quote_ident(name)) FROM unnest(%s::text[]) AS name)
"""


@contextmanager
def later_tables_out_of_the_way(in_backup: set[str]) -> Iterator[None]:
    """What they refer to is let go of, and at the end they are dropped; if it fails, they are as they were."""
    later = _later(in_backup)
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES, [later])
        references = cursor.fetchall()
    _tell(f"ALTER TABLE {table} DROP CONSTRAINT {_quoted(name)}" for table, name, _ in references)
    try:
        yield
    except BaseException:
        _tell(f"ALTER TABLE {table} ADD CONSTRAINT {_quoted(name)} {words}" for table, name, words in references)
        raise
    _tell(f"DROP TABLE {_quoted(table)} CASCADE" for table in later)


def _later(in_backup: set[str]) -> list[str]:
    """Only of this installation's apps: the database may hold somebody else's tables."""
    apps = tuple(f"{app}_" for app in MigrationLoader(None).migrated_apps)
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
    return [name for name in there if name.startswith(apps) and name not in in_backup]


def _tell(statements: Iterable[str]) -> None:
    """Closed afterwards: pg_restore waits for whoever holds a table."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
