"""PgBouncer in transaction mode: the whole life of work by connections that are lent for a transaction."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections

from config.management.commands import runconsole
from tests.faults.pooler import PGBOUNCER, pooled
from tests.faults.suite.setups import setup
from tests.faults.suite.world import World

DATABASE = os.environ.get("DATABASE_URL", "")
SIZE = 4
pytestmark = [
    pytest.mark.timeout(200),
    pytest.mark.xdist_group("faults"),
    pytest.mark.postgresql,
]


@pytest.fixture
def world(tmp_path: Path, clip: Path) -> Iterator[World]:
    if not Path(PGBOUNCER).exists():
        assert os.environ.get("CI") != "true"
        pytest.skip("pgbouncer isn't installed")
    with setup("rabbitmq") as made, pooled(made.postgresql, tmp_path / "pooler", size=SIZE) as url:
        made.environment |= {"DATABASE_URL": url, "ZOETROPE_POOLER": "1"}
        with World(made, tmp_path / "var", seed=1, clip=clip.read_bytes()) as started:
            yield started


def test_the_whole_life_of_work_goes_through_a_pooler_of_four_connections(world: World, tmp_path: Path) -> None:
    figures = world.begin("a pooler")
    for _ in range(2):
        world.submit(12, steps=[*world.steps, {"definition": 20002, "start": 0, "end": 0.4}])
        assert 0 < _opened(world) <= SIZE
        world.instance.stop()  # in the middle of it
        world.instance.start()  # and the lock of the former start's migration is free
    world.settle(figures)
    assert figures.survived, figures
    assert "Traceback" not in world.instance.log()
    refused = world.instance.manage("backup", str(tmp_path / "backup"))
    assert "ZOETROPE_POOLER=0" in refused.stderr


def _opened(world: World) -> int:
    """Connections to PostgreSQL, but for the one that asks."""
    name = urlsplit(world.setup.postgresql).path[1:]
    count = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    return int(world.rows(count)[0][0])


@pytest.mark.django_db(transaction=True)
def test_nobody_migrates_while_another_does_and_no_lock_outlives_it() -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def slowly(*_: object, **__: object) -> None:
        order.append("begins")
        begun.set()
        assert go_on.wait(30)
        order.append("ends")

    def migrate() -> None:
        runconsole.migrate()
        connections.close_all()

    with patch.object(runconsole, "call_command", slowly):
        threads = [threading.Thread(target=migrate) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert begun.wait(30)
        assert _locks() == [True]
        time.sleep(2 * runconsole._LOOK_AGAIN)  # the other one asks for it, and asks again
        go_on.set()
        for thread in threads:
            thread.join(30)
    assert order == ["begins", "ends"] * 2
    assert _locks() == []


def _locks() -> list[bool]:
    """Of migrations in this database: whether each is granted; those of a session are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT granted FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY granted",
            [runconsole._MIGRATION_LOCK],
        )
        return [granted for (granted,) in cursor.fetchall()]
