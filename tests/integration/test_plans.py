"""No periodic job, page, list or step of a job's life reads a whole growing table: the database's own plan says so.

On PostgreSQL with sequential scans switched off, so that a plan that still has one is a plan that no index helps,
however few rows there are; SQLite without statistics plans by the schema alone.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from config.observing.figures import figures
from media_jobs.batches import walk
from media_jobs.batches.selectors import batches_for, open_batches
from media_jobs.events.dispatcher import Dispatcher
from media_jobs.events.selectors import deliveries_for, queue_state
from media_jobs.events.services import modify_event_config
from media_jobs.holdings import mend
from media_jobs.jobs import leases
from media_jobs.jobs.quotas import bytes_of, jobs_of
from media_jobs.jobs.selectors import UNDER_WAY, Outcome, in_outcome, tasks_for
from media_jobs.library.last_day import failures_by_cause, last_hours
from media_jobs.library.usage import with_images_counted, with_tasks_counted
from media_jobs.maintenance import cleaning, moments, retention, worker
from media_jobs.maintenance.chores import do_if_due, due
from media_jobs.maintenance.clearing import clear_terminated
from media_jobs.maintenance.top_up import top_up
from media_jobs.maintenance.under_way import anything_under_way
from media_jobs.models import FILES, Event, Holding, Media
from media_jobs.pulls.leases import claim_pull
from media_jobs.store import outgoing
from media_jobs.uploads.selectors import uploads_for
from procedures.selectors import procedures_for
from templates_app.selectors import templates_for
from tests.integration.crowd import Crowd
from tests.integration.everything import everything
from tests.integration.lists import lists
from tests.integration.rest.conftest import Api

# Tables that somebody fills by hand, or that are small however much was done: objects are those of open sessions.
SMALL = {
    "applications_application", "applications_user", "applications_membership", "applications_apikey",
    "applications_accesstoken", "templates_app_animatedimagetemplate", "procedures_procedure",
    "procedures_procedurestep", "procedures_procedurecover", "media_jobs_mediaclass", "media_jobs_eventconfig",
    "media_jobs_queuehead", "media_jobs_worker", "media_jobs_chore",
    "media_jobs_storedobject", "media_jobs_multipartupload", "media_jobs_objectpart",
}  # fmt: skip
GROWING = {model._meta.db_table for model in apps.get_models()} - SMALL
HELD = Holding._meta.db_table
BYTES = {model._meta.db_table for model in (Media, *FILES)}
Statement = tuple[str, tuple[Any, ...]]


@pytest.mark.django_db
def test_nothing_periodic_and_no_list_reads_a_whole_growing_table(
    crowd: Crowd, owner: User, api_key: ApiKey, subtests: pytest.Subtests
) -> None:
    with _captured() as life:
        crowd.grow(2)
    browser = Client()
    browser.force_login(owner)
    api = Api(issue_access_token(user=owner, application=crowd.application)[1])
    asked = {"the life of a job": life, **_periodic()}
    questions = (every(crowd, browser=browser, api=api, key=api_key) for every in (everything, lists))
    for name, ask in chain.from_iterable(questions):
        with _captured() as asked[name]:
            ask()
    assert sum(len(statements) for statements in asked.values()) > 300
    for name, statements in asked.items():
        with subtests.test(name):
            scans = {f"{scan}: {sql}" for sql, arguments in statements for scan in _scans(sql, arguments)}
            assert not scans, "\n\n".join(sorted(scans))


def test_a_plan_without_an_index_is_seen(crowd: Crowd) -> None:
    with _captured() as statements:
        list(Media.objects.filter(description="there is no index for this"))
    assert [_scans(*statement) for statement in statements] == [["media_jobs_media"]]


@pytest.mark.postgresql
@pytest.mark.django_db
def test_counts_beside_templates_and_flows_are_read_off_an_index_alone(application: Application) -> None:
    """Else the page of templates looks at every picture there is: 0.4 s at 100,000."""
    lists = {
        "images_by_template": with_images_counted(templates_for(application), application),
        "tasks_of_flow": with_tasks_counted(procedures_for(application), application),
    }
    _only_indexes()
    for index, rows in lists.items():
        assert f"Index Only Scan using {index}" in rows.explain()


@pytest.mark.django_db
def test_the_bytes_of_a_quota_are_read_off_indexes_alone(application: Application) -> None:
    """Else each upload beneath a quota reads what there is of media and pictures; and putting the sums right, whole
    rows with what each picture's record says."""
    with _captured() as asked:
        bytes_of(application)
    assert not {table for table in BYTES for sql, _ in asked if f'"{table}"' in sql}
    with _captured() as statements:
        mend()
    sums = [(table, sql) for sql in (*asked, *statements) for table in (*BYTES, HELD) if f'FROM "{table}"' in sql[0]]
    assert {table for table, _ in sums} == {*BYTES, HELD}
    _only_indexes()
    for table, statement in sums:
        plan = _plan(*statement)
        assert "Index Only Scan" in plan or "COVERING INDEX" in plan, (table, plan)
        rows_read = set(re.findall(r"(?:Index Scan using|USING INDEX) (\w+)", plan))
        assert rows_read <= {"applications_application_pkey"}, (table, plan)


@pytest.mark.django_db
def test_what_is_under_way_and_whom_a_task_told_is_found_past_what_is_done(application: Application) -> None:
    """They went through all jobs, batches or events that the application ever had, as long as those are kept."""
    told = Event.objects.filter(application=application, subject="any").order_by("created_at", "pk")[:5]
    asked: list[tuple[str, Callable[[], object]]] = [
        ("jobs_waiting", lambda: jobs_of(application)),
        ("batches_going_on", open_batches(application).count),
        ("batches_going_on", walk.go_on),
        ("jobs_failed", lambda: in_outcome(tasks_for(application), Outcome.COMPLETED).count()),
        ("tasks_in_status", tasks_for(application).filter(status__in=UNDER_WAY).count),
        ("subject=", lambda: list(told)),
        ("deliveries_newest", lambda: list(deliveries_for(application)[:20])),
        ("uploads_whole", lambda: list(uploads_for(application)[:20])),
        ("batches_listed", lambda: list(batches_for(application)[:20])),
        ("events_waiting", lambda: queue_state(application)),  # its last question: the oldest
    ]
    for index, ask in asked:
        with _captured() as statements:
            ask()
        _only_indexes()
        plan = _plan(*statements[-1]).replace("subject = ", "subject=").replace("(subject)::text = ", "subject=")
        assert index in plan, plan


@pytest.mark.django_db
def test_the_overview_s_day_is_read_off_an_index_alone(application: Application) -> None:
    """It went through every job of the last three days' tasks."""
    with _captured() as asked:
        last_hours(application)
        failures_by_cause(application)
    _only_indexes()
    plans = [_plan(sql, arguments) for sql, arguments in asked if "media_jobs_job" in sql]
    assert len(plans) == 2
    for plan in plans:
        assert "Index Only Scan using jobs_ended" in plan or "COVERING INDEX jobs_ended" in plan, plan


def _plan(sql: str, arguments: tuple[Any, ...]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{sql}", arguments)
        return str(cursor.fetchall())


def _only_indexes() -> None:
    """PostgreSQL takes what an index alone can say from there when the tables were vacuumed; so they look here."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("SET enable_bitmapscan = off")
            cursor.execute("UPDATE pg_class SET relallvisible = 10 WHERE relkind = 'r' AND relname LIKE 'media_jobs_%'")


@pytest.fixture
def crowd(
    application: Application, owner: User, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> Crowd:
    modify_event_config(application=application, fields={"mode": "PULL", "delete_complete": True})
    return Crowd(application, owner, upload_clip, run_jobs)


def _periodic() -> dict[str, list[Statement]]:
    """What processes do by themselves, again and again."""
    doings: dict[str, Callable[[], object]] = {
        "signs of life": lambda: worker.sign_of_life(slots=1),
        "anything under way": anything_under_way,
        "batches": walk.go_on,
        "leases put right": moments.mend_leases,
        "events put right": lambda: moments.mend_events(clock_was_set=True),
        "who is first": worker._is_first,
        "sweep": leases.sweep,
        "top-up": lambda: top_up(issuing=True),
        "dispatcher": Dispatcher().dispatch,
        "claim": lambda: leases.claim(worker="w"),
        "claim of a pull": claim_pull,
        "finishing uploads": cleaning.finish_uploads,
        "expiry": cleaning.end_what_expired,
        "garbage": cleaning.collect_garbage,
        "retention": retention.prune,
        "outgoing": lambda: list(outgoing.waiting()),
        "clearing": _clearing,
        "metrics": lambda: list(figures()),
        "chores that are due": lambda: due({"x": timedelta(hours=1)}),
        "a chore": lambda: do_if_due("x", list, every=timedelta(hours=1)),
    }
    found = {}
    for name, do in doings.items():
        with _captured() as found[name]:
            do()
    return found


def _clearing() -> None:
    """Of an application that has nothing any more: each step looks for what is left."""
    over = Now() - timedelta(days=1)
    Application.objects.create(app_id=7, name="gone", status=Application.Status.DESTROYING, terminates_at=over)
    clear_terminated()
    assert Application.objects.get(app_id=7).status == Application.Status.DESTROYED


@contextmanager
def _captured() -> Iterator[list[Statement]]:
    """Each statement once, with arguments that it was really asked with."""
    found: dict[str, tuple[Any, ...]] = {}
    statements: list[Statement] = []

    def note(execute: Any, sql: str, arguments: Any, many: bool, context: Any) -> Any:
        if not many:
            found.setdefault(sql, tuple(arguments or ()))
        return execute(sql, arguments, many, context)

    with connection.execute_wrapper(note):
        yield statements
    statements += found.items()


def _scans(sql: str, arguments: tuple[Any, ...]) -> list[str]:
    """The growing tables that the statement reads from one end to the other."""
    if not re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b", sql) or "SAVEPOINT" in sql:
        return []
    read = _scanned_postgresql if connection.vendor == "postgresql" else _scanned_sqlite
    return sorted(set(read(sql, arguments)) & GROWING)


def _scanned_sqlite(sql: str, arguments: tuple[Any, ...]) -> Iterator[str]:
    names = {alias: table for table, alias in re.findall(r'"?\b(\w+_\w+)"? (?:AS )?"?(\w+)"?', sql)}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)
        for *_, step in cursor.fetchall():
            if match := re.match(r"SCAN (\w+)", step):
                yield match[1] if match[1] in GROWING else names.get(match[1], match[1])


def _scanned_postgresql(sql: str, arguments: tuple[Any, ...]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", arguments)
        for (step,) in cursor.fetchall():
            if match := re.search(r"Seq Scan on (\w+)", step):
                yield match[1]
