"""Events on their way out are handed out and confirmed by one statement each, whichever way they go."""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS

from applications.models import Application
from applications.transactions import as_stored, light_statement, postgresql, rows, touched
from media_jobs.events import statements
from media_jobs.models import Event


def take(*, application: Application, limit: int, hold: timedelta, if_pulled: bool = False) -> list[Event]:
    """Claim up to `limit` of the due events, the longest due first: nobody else gets them before `hold` is over by the
    database's clock. None with `if_pulled`, unless the application pulls its events.
    """
    due = [*[application.pk] * (2 if if_pulled else 1), limit]
    token = uuid4()
    claim = [as_stored(token), hold.total_seconds()]
    if postgresql():
        with light_statement():
            return [_event(row, token) for row in rows(statements.hand_out(if_pulled=if_pulled), [*due, *claim])]
    # A look needs no turn as a writer. It also says the order: what others take meanwhile is made up for by later ones.
    places = {pk: place for place, (pk,) in enumerate(rows(statements.due(if_pulled=if_pulled), due))}
    if not places:
        return []
    with light_statement():
        handed = rows(statements.hand_out(if_pulled=if_pulled), [*claim, *due])
    events = [_event(row, token) for row in handed]
    return sorted(events, key=lambda event: (places.get(event.pk, limit), event.pk))


def confirm(*, application: Application, handles: Collection[tuple[UUID, int]]) -> bool:
    """Settle the events of these (token, primary key), once; False, and nothing is done, unless all are in time."""
    keys = sorted({pk for _, pk in handles})
    pairs = [value for token, pk in handles for value in (pk, as_stored(token))]
    named = keys if postgresql() else [*keys, *keys]
    statement = statements.confirm(keys=len(keys), pairs=len(handles))
    return touched(statement, [*named, *pairs, application.pk, len(handles)]) == len(handles)


def _event(row: tuple[Any, ...], token: UUID) -> Event:
    """`token` is the row's."""
    told = dict(zip(statements.COLUMNS, row, strict=False))
    uid = told["uid"]
    told |= {"uid": uid if isinstance(uid, UUID) else UUID(uid), "content": json.loads(told["content"]), "token": token}
    return Event.from_db(DEFAULT_DB_ALIAS, list(told), list(told.values()))
