"""Indexes of tables that grow are built while others write, and a migration that broke off may be done again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, connections, models
from django.db.migrations import operations
from django.db.migrations.state import ProjectState
from django.db.utils import OperationalError

from applications.models import Application
from config.management.commands import runconsole
from media_jobs.models import MediaClass
from tests.upgrade.chain import Chain

beside_writers = import_module("media_jobs.migrations._beside_writers")
INDEX = models.Index(fields=["parent", "name"], name="classes_for_a_test")
SINCE = 34  # those of media_jobs before it that add more than indexes keep writers out for as long as one takes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_index() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {INDEX.name}")


def test_later_migrations_build_indexes_of_tables_that_are_there_beside_writers() -> None:
    """PostgreSQL would keep all writers out until the last of them is built."""
    graph = Chain(None).graph
    later = [graph.nodes[key] for key in graph.nodes if key[0] == "media_jobs" and int(key[1][:4]) >= SINCE]
    assert later
    for migration in later:
        made = {one.name_lower for one in migration.operations if isinstance(one, operations.CreateModel)}
        for one in migration.operations:
            if isinstance(one, operations.AddIndex) and one.model_name_lower not in made:
                assert isinstance(one, beside_writers.AddIndex), f"{migration}: {one.describe()}"
            if isinstance(one, (beside_writers.AddIndex, beside_writers.RemoveIndex)):
                assert migration.atomic is False, f"{migration} would be one transaction"


@pytest.mark.parametrize("twice", [False, True])
def test_an_index_is_made_and_taken_away_once_however_often_it_is_tried(twice: bool) -> None:
    for _ in range(1 + twice):
        _do(beside_writers.AddIndex("mediaclass", INDEX))
        assert _valid()
    for _ in range(1 + twice):
        _do(beside_writers.RemoveIndex("mediaclass", INDEX.name), has_index=True)
        assert not _valid()


@pytest.mark.postgresql
def test_nobody_waits_to_write_until_an_index_is_built(application: Application) -> None:
    with _another() as early, _another() as late:
        early.execute("BEGIN")
        _insert(early, application, name="under way")  # PostgreSQL finishes no index as long as this is
        with _in_a_thread(lambda: _do(beside_writers.AddIndex("mediaclass", INDEX))) as done:
            assert not done.wait(0.5)
            late.execute("SET lock_timeout = '5s'")
            _insert(late, application, name="meanwhile")
            early.execute("COMMIT")
            assert done.wait(30)
    assert _valid()


@pytest.mark.postgresql
def test_an_index_that_broke_off_is_built_anew(application: Application) -> None:
    for name in ("one", "one"):
        MediaClass.objects.create(application=application, name=name)  # no parent: the names needn't differ
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {INDEX.name} ON media_jobs_mediaclass (name)")
    assert not _valid()
    _do(beside_writers.AddIndex("mediaclass", INDEX))
    assert _valid()


@pytest.mark.postgresql
def test_a_process_that_waits_to_migrate_keeps_the_one_that_does_from_nothing() -> None:
    """Each waited for the other, for ten minutes: an index is finished when every statement before it has ended."""
    with runconsole._alone(), _in_a_thread(_wait_in_line) as waited:
        assert not waited.wait(1.0)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '10s'")
        try:
            _do(beside_writers.AddIndex("mediaclass", INDEX))
        except OperationalError as error:
            pytest.fail(f"the index waited for who waits for it: {error}")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
        assert _valid()


def _wait_in_line() -> None:
    with runconsole._alone():
        pass


def _do(operation: Any, *, has_index: bool = False) -> None:
    before = ProjectState.from_apps(apps)
    if has_index:
        before.add_index("media_jobs", "mediaclass", INDEX)
    after = before.clone()
    operation.state_forwards("media_jobs", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("media_jobs", editor, before, after)


def _valid() -> bool:
    with connection.schema_editor(atomic=False) as editor:
        return bool(beside_writers._is_valid(editor, INDEX.name))


@contextmanager
def _another() -> Iterator[Any]:
    """A cursor of a connection of its own."""
    with closing(connection.copy()) as other, other.cursor() as cursor:
        yield cursor


def _insert(cursor: Any, application: Application, *, name: str) -> None:
    cursor.execute("INSERT INTO media_jobs_mediaclass (application_id, name) VALUES (%s, %s)", [application.pk, name])


@contextmanager
def _in_a_thread(do: Callable[[], None]) -> Iterator[threading.Event]:
    """Set when it is done."""
    done = threading.Event()

    def run() -> None:
        try:
            do()
            done.set()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield done
    thread.join(30)
