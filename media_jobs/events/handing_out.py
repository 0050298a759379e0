"""Events on their way out are handed out and confirmed by one statement each, whichever way they go.

Each is a whole use case: nobody else comes in between. An event is named by its primary key: SQLite, never analysed,
would rather walk through all of the application's (docs/reliability.md 1.5). So its application is compared as a sum,
which no index is for.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS

from applications.by_hand import as_stored, later, now, places, postgresql, rows, touched
from applications.models import Application
from applications.transactions import LIGHT, light_statement
from media_jobs.models import Event

# What a hand-out tells of an event, in this order.
_COLUMNS = ("id", "uid", "application_id", "type", "subject", "transition", "content", "token", "attempts")

# Takes the application, with _IF_PULLED once more, and how many.
_DUE = """
SELECT {what} FROM media_jobs_event
WHERE application_id = %s AND settled_at IS NULL AND next_at <= {now} {condition} ORDER BY next_at, id LIMIT %s
"""
_IF_PULLED = "AND EXISTS (SELECT 1 FROM media_jobs_eventconfig WHERE application_id = %s AND mode = 'PULL')"
# Takes a token and for how many seconds it is good, then what _DUE does.
_HAND_OUT = """
UPDATE media_jobs_event SET token = %s, next_at = {later}, attempts = attempts + 1
WHERE id IN ({due}) RETURNING {columns}
"""
# Takes what _DUE does, then what _HAND_OUT does. Pullers at the same time pass each other by. It makes its transaction
# a light one (light_statement).
_HAND_OUT_POSTGRESQL = """
WITH due AS MATERIALIZED ({due} FOR NO KEY UPDATE SKIP LOCKED), handed AS (
    UPDATE media_jobs_event AS event SET token = %s, next_at = {later}, attempts = attempts + 1
    FROM due WHERE event.id = due.id RETURNING event.*, due.next_at AS since
)
SELECT {columns}, (SELECT {light}) FROM handed ORDER BY since, id
"""

# Both take primary keys, pairs of a primary key and its token, the application, and how many pairs there are. SQLite's
# takes the primary keys twice; PostgreSQL's locks the rows in everybody's order first.
_CONFIRM = """
UPDATE media_jobs_event SET settled_at = COALESCE(settled_at, {now}) WHERE id IN ({keys}) AND (
    SELECT COUNT(*) FROM media_jobs_event AS named
    WHERE id IN ({keys}) AND (id, token) IN (VALUES {pairs}) AND application_id + 0 = %s
    AND (next_at > {now} OR settled_at IS NOT NULL)
) = %s
"""
_CONFIRM_POSTGRESQL = """
WITH named AS MATERIALIZED (
    SELECT id, token, application_id, (next_at > {now} OR settled_at IS NOT NULL) AS in_time
    FROM media_jobs_event WHERE id IN ({keys}) ORDER BY id FOR NO KEY UPDATE
)
UPDATE media_jobs_event AS event SET settled_at = COALESCE(event.settled_at, {now}) FROM named
WHERE event.id = named.id AND (
    SELECT COUNT(*) FROM named WHERE (id, token) IN (VALUES {pairs}) AND application_id = %s AND in_time
) = %s
"""


def take(*, application: Application, limit: int, hold: timedelta, if_pulled: bool = False) -> list[Event]:
    """Claim up to `limit` of the due events, the longest due first: nobody else gets them before `hold` is over by the
    database's clock. None with `if_pulled`, unless the application pulls its events.
    """
    due = [*[application.pk] * (2 if if_pulled else 1), limit]
    token = uuid4()
    claim = [as_stored(token), hold.total_seconds()]
    if postgresql():
        with light_statement():
            return [_event(row, token) for row in rows(_hand_out(if_pulled=if_pulled), [*due, *claim])]
    # A look needs no turn as a writer. It also says the order: what others take meanwhile is made up for by later ones.
    order = {pk: place for place, (pk,) in enumerate(rows(_due(if_pulled=if_pulled), due))}
    if not order:
        return []
    with light_statement():
        handed = rows(_hand_out(if_pulled=if_pulled), [*claim, *due])
    events = [_event(row, token) for row in handed]
    return sorted(events, key=lambda event: (order.get(event.pk, limit), event.pk))


def confirm(*, application: Application, handles: Collection[tuple[UUID, int]]) -> bool:
    """Settle the events of these (token, primary key), once; False, and nothing is done, unless all are in time."""
    keys = sorted({pk for _, pk in handles})
    pairs = [value for token, pk in handles for value in (pk, as_stored(token))]
    named = keys if postgresql() else [*keys, *keys]
    statement = _confirm(keys=len(keys), pairs=len(handles))
    return touched(statement, [*named, *pairs, application.pk, len(handles)]) == len(handles)


def _event(row: tuple[Any, ...], token: UUID) -> Event:
    """`token` is the row's."""
    told = dict(zip(_COLUMNS, row, strict=False))
    uid = told["uid"]
    told |= {"uid": uid if isinstance(uid, UUID) else UUID(uid), "content": json.loads(told["content"]), "token": token}
    return Event.from_db(DEFAULT_DB_ALIAS, list(told), list(told.values()))


def _due(what: str = "id", *, if_pulled: bool) -> str:
    """The longest due first; with `if_pulled` none unless the application pulls its events."""
    return _DUE.format(what=what, now=now(), condition=_IF_PULLED if if_pulled else "")


def _hand_out(*, if_pulled: bool) -> str:
    """_COLUMNS of what was due and isn't any more; on PostgreSQL the longest due first."""
    columns = ", ".join(_COLUMNS)
    if postgresql():
        found = _due("id, next_at", if_pulled=if_pulled)
        return _HAND_OUT_POSTGRESQL.format(due=found, later=later(), columns=columns, light=LIGHT)
    return _HAND_OUT.format(due=_due(if_pulled=if_pulled), later=later(), columns=columns)


def _confirm(*, keys: int, pairs: int) -> str:
    """Settles all of the keys, or none: when a pair isn't an event of the application's that was handed out just so."""
    statement = _CONFIRM_POSTGRESQL if postgresql() else _CONFIRM
    return statement.format(now=now(), keys=places(keys), pairs=", ".join(["(%s, %s)"] * pairs))
