"""PullEvents and ConfirmEvents: nothing lost, nothing shown twice at a time, late confirmations refused."""

import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from applications.errors import InvalidValue
from applications.models import Application
from media_jobs.events.selectors import queue_state
from media_jobs.events.services import HandleExpired, confirm_events, handle_of, modify_event_config, pull_events
from media_jobs.maintenance.retention import prune
from media_jobs.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pulling(application: Application) -> Application:
    modify_event_config(application=application, fields={"mode": "PULL"})
    return application


def make(application: Application, count: int) -> None:
    Event.objects.bulk_create(
        Event(application=application, type="ProcedureStateChanged", subject=f"t{n}", transition="ended", content={})
        for n in range(count)
    )


def pulled(application: Application) -> list[Event]:
    return pull_events(application=application, wait=0)


def confirm(application: Application, *given: Event) -> None:
    confirm_events(application=application, handles=[handle_of(event) for event in given])


def expire(application: Application) -> None:
    """As if the invisibility were over."""
    Event.objects.filter(application=application).update(next_at=F("created_at"))


def test_at_most_sixteen_come_at_a_time_oldest_first_and_nobody_else_sees_them(pulling: Application) -> None:
    make(pulling, 20)
    first, second = pulled(pulling), pulled(pulling)
    assert [event.subject for event in first] == [f"t{n}" for n in range(16)]
    assert [event.subject for event in second] == [f"t{n}" for n in range(16, 20)]
    assert pulled(pulling) == []


def test_the_longest_due_come_first_whatever_their_numbers(pulling: Application) -> None:
    make(pulling, 20)
    now = timezone.now()
    for number, event in enumerate(Event.objects.order_by("pk")):
        Event.objects.filter(pk=event.pk).update(next_at=now - timedelta(seconds=number))
    assert [event.subject for event in pulled(pulling)] == [f"t{n}" for n in range(19, 3, -1)]


def test_confirmed_events_are_gone_and_the_others_come_again_with_new_handles(pulling: Application) -> None:
    make(pulling, 3)
    first = pulled(pulling)
    confirm(pulling, first[0])
    expire(pulling)
    again = pulled(pulling)
    assert [event.subject for event in again] == ["t1", "t2"]
    assert [event.uid for event in again] == [event.uid for event in first[1:]]
    assert not {handle_of(event) for event in again} & {handle_of(event) for event in first}


def test_a_hand_out_waits_for_no_disk_and_a_confirmation_does(pulling: Application) -> None:
    """A power cut may take the first, and the events come again. What was confirmed must never come again."""
    make(pulling, 1)
    waits = _waits_on_postgresql if connection.vendor == "postgresql" else _waits_on_sqlite
    given: list[Event] = []
    assert not waits(lambda: given.extend(pulled(pulling)))
    assert waits(lambda: confirm(pulling, *given))


def _waits_on_postgresql(change: Callable[[], None]) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        change()
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone() != ("off",)


def _waits_on_sqlite(change: Callable[[], None]) -> bool:
    """Whether the journal is synced after the statement, at whose end nobody waits."""
    done: list[object] = []

    def note(execute: Any, sql: str, arguments: Any, many: bool, context: Any) -> Any:
        if sql.strip().startswith("UPDATE"):
            with closing(connection.connection.cursor()) as cursor:
                done.append(cursor.execute("PRAGMA synchronous").fetchone()[0])
        return execute(sql, arguments, many, context)

    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(note):
        patch.setattr(os, "fdatasync", lambda file: done.append("synced"))
        change()
    assert done in ([1], [1, "synced"])
    assert connection.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    return "synced" in done


def test_a_late_handle_is_refused_and_nothing_of_its_batch_is_confirmed(pulling: Application) -> None:
    make(pulling, 2)
    late, other = pulled(pulling)
    expire(pulling)
    with pytest.raises(HandleExpired):
        confirm(pulling, late)
    fresh = pulled(pulling)
    with pytest.raises(HandleExpired):
        confirm(pulling, late, fresh[1])
    assert Event.objects.filter(settled_at=None).count() == 2
    confirm(pulling, *fresh)
    with pytest.raises(HandleExpired):
        confirm(pulling, other)


def test_a_confirmation_may_be_repeated(pulling: Application) -> None:
    make(pulling, 1)
    (event,) = pulled(pulling)
    confirm(pulling, event)
    settled = Event.objects.get().settled_at
    confirm(pulling, event, event)
    assert Event.objects.get().settled_at == settled


@pytest.mark.parametrize("handle", ["", "x", "0" * 32 + "1", "٣" * 33, "0" * 32 + "9" * 18])
def test_an_unknown_handle_is_refused(pulling: Application, handle: str) -> None:
    with pytest.raises(HandleExpired):
        confirm_events(application=pulling, handles=[handle])


def test_a_handle_works_only_in_its_own_application(pulling: Application, other_application: Application) -> None:
    make(pulling, 1)
    (event,) = pulled(pulling)
    modify_event_config(application=other_application, fields={"mode": "PULL"})
    assert pulled(other_application) == []
    with pytest.raises(HandleExpired):
        confirm(other_application, event)


@pytest.mark.parametrize("count", [0, 17])
def test_one_to_sixteen_handles_are_confirmed_at_a_time(pulling: Application, count: int) -> None:
    make(pulling, 17)
    handles = [handle_of(event) for event in [*pulled(pulling), *pulled(pulling)]]
    with pytest.raises(InvalidValue):
        confirm_events(application=pulling, handles=handles[:count])
    assert not Event.objects.exclude(settled_at=None).exists()


def test_in_push_mode_nothing_is_pulled_and_a_switch_gives_everything(application: Application) -> None:
    make(application, 2)
    assert pulled(application) == []
    assert queue_state(application).to_pull == 0
    modify_event_config(application=application, fields={"mode": "PULL"})
    assert queue_state(application).to_pull == 2
    assert len(pulled(application)) == 2


def test_a_long_queue_is_not_walked_through(pulling: Application) -> None:
    """SQLite, never analysed, prefers any index on the application to the primary key."""
    make(pulling, 20)
    asked: list[tuple[str, list[Any]]] = []

    def note(execute: Any, sql: str, arguments: Any, many: bool, context: Any) -> Any:
        if re.search(r"media_jobs_event\s", sql):
            asked.append((sql, list(arguments)))
        return execute(sql, arguments, many, context)

    with connection.execute_wrapper(note):
        confirm(pulling, pulled(pulling)[0])
    assert len(asked) == (2 if connection.vendor == "postgresql" else 3), "those by hand are seen like any other"
    for statement, arguments in asked:
        steps = [step for step in _plan(statement, arguments) if re.search(r"\b(media_jobs_event|named|event)\b", step)]
        assert steps
        assert not [step for step in steps if "Seq Scan" in step or "events_newest" in step or "SCAN media" in step]


def _plan(statement: str, arguments: list[Any]) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {statement}", arguments)
        steps = [str(row[-1]) for row in cursor.fetchall()]
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")
        return steps


def test_a_long_poll_returns_as_soon_as_there_is_something(pulling: Application) -> None:
    def later() -> None:
        time.sleep(0.5)
        make(pulling, 1)
        connection.close()

    threading.Thread(target=later).start()
    began = time.monotonic()
    assert len(pull_events(application=pulling)) == 1
    assert 0.4 < time.monotonic() - began < 2


def test_a_long_poll_ends_empty_when_its_time_is_up(pulling: Application) -> None:
    began = time.monotonic()
    assert pull_events(application=pulling, wait=0.5) == []
    assert 0.5 <= time.monotonic() - began < 1.5


def test_the_queue_tells_depth_oldest_and_handles_out(pulling: Application) -> None:
    make(pulling, 18)
    pulled(pulling)
    state = queue_state(pulling)
    assert (state.open, state.to_pull, state.out) == (18, 2, 16)
    assert state.oldest is not None and timezone.now() - state.oldest < timedelta(minutes=1)


def test_events_are_kept_four_days(pulling: Application, settings: LazySettings) -> None:
    make(pulling, 2)
    old = Event.objects.filter(subject="t0")
    old.update(created_at=timezone.now() - settings.ZOETROPE_EVENT_LIFETIME - timedelta(seconds=1))
    prune()
    assert [event.subject for event in pulled(pulling)] == ["t1"]
