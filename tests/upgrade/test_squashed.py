"""A squashed migration makes of an empty database what those that it replaces make of one that has some of them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.start.newer_database import unknown_migrations
from tests.upgrade.chain import Chain, chain

OTHER = "other"
HALF_WAY = [("applications", "0004_quotas"), ("procedures", "0003_highlights"), ("media_jobs", "0018_studio_files")]
_SQLITE = ["SELECT type, name, tbl_name, sql FROM sqlite_master"]
_POSTGRESQL = [
    """SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable,
        column_default, is_identity FROM information_schema.columns WHERE table_schema = 'public'""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_an_empty_database_gets_the_schema_that_one_reaches_from_half_way(tmp_path: Path) -> None:
    """On SQLite to the letter of what made each table; on PostgreSQL with columns, indexes and constraints."""
    with _another_database(tmp_path / "fresh.sqlite3") as fresh:
        call_command("migrate", database=OTHER, verbosity=0)
        wanted, recorded = _schema(fresh), set(MigrationRecorder(fresh).applied_migrations())
    every = set(MigrationLoader(None, replace_migrations=False).graph.nodes)
    assert recorded >= every, "a worker of the former release would wait for what isn't recorded"
    with _another_database(tmp_path / "half.sqlite3") as half:
        chain(OTHER).migrate(HALF_WAY)
        call_command("migrate", database=OTHER, verbosity=0)
        assert _schema(half) == wanted
        assert set(MigrationRecorder(half).applied_migrations()) == recorded


def test_a_squashed_migration_stands_for_the_whole_chain_before_it() -> None:
    """One that is forgotten would be done twice, or never."""
    one_by_one = Chain(None)
    for (app, name), squashed in MigrationLoader(None).replacements.items():
        last = squashed.replaces[-1]
        assert name == f"0001_squashed_{last[1]}"
        assert [key for key in one_by_one.graph.forwards_plan(last) if key[0] == app] == squashed.replaces


def test_a_database_made_by_a_squashed_migration_is_known_here() -> None:
    assert unknown_migrations() == []


@contextmanager
def _another_database(path: Path) -> Iterator[BaseDatabaseWrapper]:
    """An empty one as the alias OTHER: in this file, or on the server that the tests run on."""
    configured = {**connections.settings["default"]}
    server = connection.vendor == "postgresql"
    name = f"{configured['NAME']}_{secrets.token_hex(4)}" if server else str(path)
    if server:
        _tell(f'CREATE DATABASE "{name}"')
    connections.settings[OTHER] = configured | {"NAME": name}
    connections[OTHER].connect()
    try:
        yield connections[OTHER]
    finally:
        connections[OTHER].close()
        del connections[OTHER], connections.settings[OTHER]
        if server:
            _tell(f'DROP DATABASE "{name}" WITH (FORCE)')


def _tell(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _schema(database: BaseDatabaseWrapper) -> list[tuple[str, ...]]:
    rows = []
    with database.cursor() as cursor:
        for statement in _POSTGRESQL if database.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)
            rows += [tuple(str(value) for value in row) for row in cursor.fetchall()]
    assert len(rows) > 100
    return sorted(rows)
