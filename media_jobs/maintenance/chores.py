"""What has to be done now and then by one process of all: who takes a turn moves the row on before it begins."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import DateTimeField, ExpressionWrapper, Q
from django.db.models.functions import Now

from media_jobs.clock import after
from media_jobs.models import Chore

log = logging.getLogger(__name__)

# Of two that look at once the second, whose question is older than what the first wrote, mustn't take that for such.
_WAITED = timedelta(minutes=1)


def due(every: Mapping[str, timedelta]) -> list[str]:
    """Of these chores, by name, those that nobody has done within so long: one look for all, for `do_if_due`."""
    found = Chore.objects.filter(name__in=every).annotate(now=ExpressionWrapper(Now(), output_field=DateTimeField()))
    rows = {name: (due_at, now) for name, due_at, now in found.values_list("name", "due_at", "now")}
    return [name for name, within in every.items() if name not in rows or _is_due(*rows[name], every=within)]


def _is_due(due_at: datetime, now: datetime, *, every: timedelta) -> bool:
    return due_at <= now or due_at > now + every + _WAITED


def do_if_due(name: str, do: Callable[[], object], *, every: timedelta) -> bool:
    """Do it unless somebody did within `every`, by the database's clock. Never raises but when the database is away.

    A turn that lies further ahead than `every`, by more than one waits for a row, is what a clock that was set back
    leaves; it counts as due.
    """
    if not Chore.objects.filter(name=name).exists():
        Chore.objects.bulk_create([Chore(name=name, due_at=Now())], ignore_conflicts=True)
    due = Q(due_at__lte=Now()) | Q(due_at__gt=after(every + _WAITED))
    if not Chore.objects.filter(due, name=name).update(due_at=after(every)):
        return False
    problem = _outcome(name, do)
    Chore.objects.filter(name=name).update(done_at=Now(), problem=problem)
    return True


def _outcome(name: str, do: Callable[[], object]) -> str:
    """Why it broke off, "" when it didn't. The next turn tries again."""
    try:
        do()
    except (DatabaseError, OSError) as error:
        log.warning("%s goes on at its next turn: %s", name, error)
        return f"{type(error).__name__}: {error}"[:300]
    except Exception as error:
        log.exception("%s: a fault of ours", name)
        return f"{type(error).__name__}"[:300]
    return ""
