"""A hand-out reads the events that it hands out, and no others, however many are due and whatever statistics say."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from applications.models import Application
from media_jobs.clock import after
from media_jobs.events.handing_out import take
from media_jobs.events.services import modify_event_config
from media_jobs.models import Event

LIMIT = 16
_EVENTS = """
INSERT INTO media_jobs_event (uid, type, subject, transition, content, attempts, application_id)
SELECT gen_random_uuid(), 'FileDeleted', number::text, 'deleted', '{{}}', 0, {application}
FROM generate_series(1, {many}) AS number
"""


def _never(application: Application) -> None:
    """A new database, before the server's own turn."""
    _arise(application, 100_000)


def _before_it_came(application: Application) -> None:
    others = [Application.objects.create(app_id=app_id, name="other") for app_id in (7, 8)]
    for other in others:
        _arise(other, 3_000)
    _ask("ANALYZE media_jobs_event")
    _arise(application, 6_000)


def _now(application: Application) -> None:
    _arise(application, 6_000)
    _ask("ANALYZE media_jobs_event")


@pytest.mark.postgresql
@pytest.mark.parametrize("analyzed", [_never, _before_it_came, _now])
@pytest.mark.parametrize("if_pulled", [False, True])
@pytest.mark.django_db
def test_a_hand_out_of_a_new_application_does_not_sort_all_that_is_due(
    application: Application, analyzed: Callable[[Application], None], if_pulled: bool
) -> None:
    """PostgreSQL read thousands by an index that isn't in the order of hand-outs: 12 ms each time."""
    modify_event_config(application=application, fields={"mode": "PULL"})
    analyzed(application)
    statements, handed = _taken(application, if_pulled=if_pulled)
    assert len(handed) == LIMIT
    for sql, arguments in statements:
        ((plan,),) = _ask(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", arguments)
        read = {_named(node): _rows(node) for node in _nodes(plan[0]["Plan"])}
        assert "events_to_hand_out" in read, read
        assert max(read.values()) <= LIMIT, read


@pytest.mark.parametrize("if_pulled", [False, True])
@pytest.mark.django_db
def test_the_longest_due_is_handed_out_first_and_sqlite_sorts_nothing_for_it(
    application: Application, if_pulled: bool
) -> None:
    modify_event_config(application=application, fields={"mode": "PULL"})
    kind: dict[str, Any] = {"application": application, "type": Event.Type.FILE_DELETED, "content": {}}
    for hours in (1, 3, 2):
        Event.objects.create(subject=f"{hours} hours", next_at=after(timedelta(hours=-hours)), **kind)
    statements, handed = _taken(application, if_pulled=if_pulled)
    assert [event.subject for event in handed] == ["3 hours", "2 hours", "1 hours"]
    for sql, arguments in statements if connection.vendor == "sqlite" else ():
        plan = str(_ask(f"EXPLAIN QUERY PLAN {sql}", arguments))
        assert "events_to_hand_out" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def _taken(application: Application, *, if_pulled: bool) -> tuple[list[tuple[str, Any]], list[Event]]:
    """The statements of a hand-out, and what it handed out."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, arguments: Any, many: bool, context: Any) -> Any:
        asked.append((sql, arguments))
        return execute(sql, arguments, many, context)

    with connection.execute_wrapper(note):
        handed = take(application=application, limit=LIMIT, hold=timedelta(seconds=30), if_pulled=if_pulled)
    found = [statement for statement in asked if "next_at <=" in statement[0]]
    assert found
    return found, handed


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for under in node.get("Plans", []):
        yield from _nodes(under)


def _named(node: dict[str, Any]) -> str:
    return node.get("Index Name") or f"{node['Node Type']} {node.get('CTE Name', '')}{node.get('Alias', '')}"


def _rows(node: dict[str, Any]) -> int:
    return int(node["Actual Rows"] + node.get("Rows Removed by Filter", 0))


def _arise(application: Application, many: int) -> None:
    _ask(_EVENTS.format(application=application.pk, many=many), rows=False)


def _ask(sql: str, arguments: Any = None, *, rows: bool = True) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall() if rows and cursor.description else []
