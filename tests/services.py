"""The life of work and of events once more, on PostgreSQL and RabbitMQ; what a broker may do to it on Redis, too.

`python -m tests.services`. ZOETROPE_TEST_DATABASE_URL, ZOETROPE_TEST_BROKER_URL and ZOETROPE_TEST_REDIS_URL say where
they are. What can't be reached is named; with CI=true that is a failure, on a user's machine a skip.
"""

import os
import socket
import sys
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.suite import Run, outcome

DATABASE = os.environ.get("ZOETROPE_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
BROKER = os.environ.get("ZOETROPE_TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("ZOETROPE_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
# What leans on how a broker loses, keeps and gives out messages.
BROKER_TESTS = (
    "tests/faults/test_permits.py",
    "tests/faults/test_monitoring.py",
    "tests/faults/test_broker_away.py",
)
KILLS = "tests/faults/test_worker_kill.py"
KILLS_UNDER_LOAD = f"{KILLS}::test_a_crowd_of_uploads_finishes_while_a_worker_is_killed_every_second"
# The life of work and of events: what leans on the database's and the broker's own behaviour.
TESTS = (
    "tests/integration/test_leases.py",
    "tests/integration/test_lock_order.py",
    "tests/integration/test_often_asked.py",
    "tests/integration/test_often_written.py",
    "tests/integration/test_open_lines.py",
    "tests/integration/test_overlaps.py",
    "tests/integration/test_queue.py",
    "tests/integration/test_uploads.py",
    "tests/integration/test_cleaning.py",
    "tests/integration/test_doctor.py",
    "tests/integration/test_metrics.py",
    "tests/integration/test_plans.py",
    "tests/integration/test_retention.py",
    "tests/integration/test_upkeep.py",
    "tests/integration/test_orphans.py::test_a_database_three_days_old_beside_newer_files_loses_nothing",
    "tests/integration/test_backup.py::test_a_backup_under_load_is_whole_when_it_is_put_back",
    "tests/integration/test_backup.py::test_a_backup_from_before_an_upgrade_is_put_back_over_the_tables_that_it_added",
    "tests/integration/test_backup.py::test_a_backup_that_can_not_be_put_back_leaves_later_tables_as_they_were",
    "tests/integration/test_backup.py::test_a_dump_that_takes_longer_than_a_transaction_may_idle_still_becomes_a_backup",
    "tests/integration/test_procedures.py",
    "tests/integration/test_templates.py",
    "tests/integration/test_termination.py",
    "tests/integration/test_upload_to_image.py",
    "tests/integration/events",
    "tests/upgrade/test_beside_writers.py",
    "tests/upgrade/test_squashed.py",
    "tests/faults/test_database_away.py",
    "tests/faults/test_pooler.py",
    "tests/faults/test_hosts.py",
    *BROKER_TESTS,
    KILLS,
)


def missing() -> str:
    """What can't be reached, in a sentence; "" when everything can."""
    services = {"PostgreSQL": DATABASE, "RabbitMQ": BROKER, "Redis": REDIS}
    away = [name for name, url in services.items() if not _answers(url)]
    if not away:
        return ""
    return f"Skipped on services: {' and '.join(away)} can't be reached ({DATABASE}, {BROKER}, {REDIS})."


def begun(*arguments: str) -> list[Run]:
    """Both side by side: they wait most of the time, for leases to run out and the like."""
    _drop_leftovers()
    usual = ("-m", "not browser", *arguments)
    return [
        Run(*usual, *TESTS, silent=True, DATABASE_URL=DATABASE, BROKER_URL=BROKER),
        Run(*usual, *BROKER_TESTS, KILLS_UNDER_LOAD, silent=True, DATABASE_URL=_second_database(), BROKER_URL=REDIS),
    ]


def skipped(said: str) -> int:
    """The exit status of a run that has to leave services out."""
    print(said)
    return 1 if os.environ.get("CI") == "true" else 0


def main() -> int:
    said = missing()
    return skipped(said) if said else outcome(begun(*sys.argv[1:]))


def _second_database() -> str:
    """The address of another database on the same server, which is made if it isn't there."""
    address = urlsplit(DATABASE)
    name = f"{address.path.lstrip('/')}_second"
    with psycopg.connect(DATABASE, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return address._replace(path=f"/{name}").geturl()


def _drop_leftovers() -> None:
    """Test databases of runs that were killed, connections and all: they would keep new ones from being made."""
    pattern = f"test_{urlsplit(DATABASE).path.lstrip('/')}%"
    with psycopg.connect(DATABASE, autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall()
        for (name,) in rows:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(statement)


def _answers(url: str) -> bool:
    address = urlsplit(url)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 5432), timeout=2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
