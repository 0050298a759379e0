"""Which job is next: of the application with the fewest jobs running, of those the one whose last turn is longest ago,
and of that one the job of the highest priority, then the oldest. So nobody's priorities hold others up.

Every application's queue of a kind has a QueueHead, never later than its first ready job. So the best head is found
among a few rows, and its job by an index. Who makes a job ready raises the head (`note`), after the commit; who takes
one moves it on to the next, under the head's lock, and its application to the end of the round; nobody else needs to
care: that a head's job was cancelled shows when its turn comes. What a death between commit and `note` leaves behind is
mended by the sweep, and by a claim that would otherwise find nothing.

Turns, on PostgreSQL: a claim locks its head first, then the job, then the task, and reads the queue only when it has
the head. Whoever holds a job or a task never asks for a head, whoever holds a head never waits for another: no circle.
A head that is locked is passed over only for one that would go first even if the lock's holder got its job; otherwise
it is waited for. So claims that go on side by side choose as if they came one after the other. (Only those of workers
that take different kinds may count a job of the same application a moment late.) SQLite has one writer, hence no turns:
there the best head is read before the lock is asked for, and whoever comes second finds the job taken and looks again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from applications.by_hand import as_stored, postgresql, rows, touched
from applications.models import Application
from applications.often_written import write
from applications.transactions import light_statement
from media_jobs.jobs import statements
from media_jobs.models import Job
from media_jobs.states import JobState

# Columns of statements.look: a head, whether postponed jobs are due, the held head's turn, one of its jobs.
_DUE, _HELD, _JOB = 9, 10, slice(11, 18)
_RELEASED_AT_ONCE = 500
_APPLICATIONS_A_ROUND = 200


@dataclass(frozen=True, slots=True)
class Head:
    """A QueueHead as a claim sees it.

    `running` counts the jobs that its application runs now. `since` is what the database's driver makes of a moment.
    """

    pk: int
    application_id: int
    kind: str
    running: int
    priority: int
    since: datetime | str
    position: int
    turn: int
    served: int

    @property
    def place(self) -> tuple[int, datetime | str, int]:
        return self.priority, self.since, self.position

    def goes_before_the_next_of(self, other: "Head") -> bool:
        """Once `other` has its job, its application runs one more and is the last to have had a turn."""
        return other.application_id != self.application_id and self.running <= other.running + 1


@dataclass(frozen=True, slots=True)
class First:
    """A job at the beginning of its queue.

    `pk` is as the database stores it (`as_stored`), `task_status` None without a task, the rest as in Head.
    """

    pk: Any
    attempts: int
    task_id: int | None
    task_status: str | None
    priority: int
    since: datetime | str
    position: int

    @property
    def place(self) -> tuple[int, datetime | str, int]:
        return self.priority, self.since, self.position


@dataclass(frozen=True, slots=True)
class Look:
    """What a claim saw.

    `head` is ours to take from until the transaction ends, or None, and `jobs` are the first two of its queue that may
    start now. `wait_for` is the head to wait for in the next look, 0 if none. `due` says that postponed jobs may start
    by now, `empty` that no queue has anything.
    """

    head: Head | None = None
    jobs: Sequence[First] = ()
    wait_for: int = 0
    due: bool = False
    empty: bool = False


def look(kinds: Collection[str], *, wait_for: int = 0) -> Look:
    """Choose the best head, and on PostgreSQL hold it, within a light transaction."""
    if wait_for:
        rows(statements.LOCK, [wait_for])
    statement = statements.look(len(kinds)) if postgresql() else statements.heads(len(kinds))
    found = rows(statement, [*kinds, *kinds, *kinds])
    if not found:
        return Look(empty=True)
    if found[0][_DUE]:
        return Look(due=True)
    return _in_turn(found) if postgresql() else _alone(Head(*found[0][:_DUE]))


def _alone(head: Head) -> Look:
    return Look(head, [First(*row) for row in rows(statements.first_jobs(), [head.kind, head.application_id])])


def _in_turn(found: Sequence[tuple[Any, ...]]) -> Look:
    """The first head that is free, unless it may not pass those before it.

    The queue is read as it was a moment before the head was locked. That is as good: whoever took from it in between
    has moved its turn on, whoever brings a job `note`s it after us.
    """
    heads = [Head(*row[:_DUE]) for row in found]
    held = next((place for place, row in enumerate(found) if row[_HELD] is not None), None)
    if held is None:
        return Look(wait_for=heads[0].pk)
    chosen = heads[held]
    for busy in heads[:held]:
        if not chosen.goes_before_the_next_of(busy):
            return Look(wait_for=busy.pk)
    if found[held][_HELD] != chosen.turn:
        return Look()
    return Look(chosen, [First(*row[_JOB]) for row in found[held:] if row[0] == chosen.pk and row[_JOB][0] is not None])


def advance(head: Head, *, to: First | None) -> None:
    """The queue begins at `to`, or there is none any more. A head that was moved since it was read stays as it is."""
    if to:
        touched(statements.ADVANCE, [*to.place, head.pk, head.turn])
    else:
        touched(statements.REMOVE, [head.pk, head.turn])


def enqueue(jobs: Sequence[Job]) -> None:
    """Write new jobs; they can be claimed as soon as the transaction around is committed."""
    write(jobs)
    noting = partial(note, foremost(jobs))
    if postgresql():
        transaction.on_commit(noting, robust=True)
    else:  # of one writer nobody waits in a circle, and a transaction of its own costs as much as this one
        noting()


def note(pks: Sequence[Any]) -> None:
    """These jobs (`as_stored`) may be ready; not two of one queue. Repeating it, or being wrong, does no harm.

    Never while holding a job or a task: after the commit that made them ready.
    """
    if pks:
        with light_statement():
            touched(statements.note(len(pks)), pks)


def foremost(jobs: Iterable[Job]) -> list[Any]:
    """The first job of each queue, for `note`."""
    first: dict[tuple[int, str], Job] = {}
    for job in sorted(jobs, key=lambda job: (-job.priority, job.created_at, job.position)):
        first.setdefault((job.application_id, job.kind), job)
    return [as_stored(job.pk) for job in first.values()]


def ready(kinds: Collection[str]) -> QuerySet[Job]:
    """What may be claimed now: whatever isn't postponed, so that no clock is asked."""
    return Job.objects.filter(state=JobState.WAITING, postponed=False, kind__in=kinds)


def release() -> int:
    """Make those ready whose time has come; how many. What another process holds is left to it."""
    due = Job.objects.filter(state=JobState.WAITING, postponed=True, not_before__lte=Now()).order_by("not_before")
    with transaction.atomic():
        place = due.only("application_id", "kind", "priority", "created_at", "position")
        jobs = list(place.select_for_update(skip_locked=True, no_key=True)[:_RELEASED_AT_ONCE])
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(postponed=False)
    note(foremost(jobs))
    return len(jobs)


def refill(kinds: Collection[str]) -> bool:
    """For a claim that found no head: False when there is indeed nothing ready."""
    release()
    if not ready(kinds).exists():
        return False
    note(drifted(kinds=kinds))
    return True


class Rounds:
    """Mends the heads of one application after another, so many at each call."""

    def __init__(self) -> None:
        self._after = 0

    def mend(self) -> None:
        following = Application.objects.filter(pk__gt=self._after).order_by("pk").values_list("pk", flat=True)
        last = following[_APPLICATIONS_A_ROUND - 1 : _APPLICATIONS_A_ROUND].first()
        note(drifted(kinds=Job.Kind.values, after=self._after, to=last))
        self._after = last or 0


def drifted(*, kinds: Collection[str], after: int = 0, to: int | None = None) -> list[Any]:
    """First jobs that a claim can't see, since no head or too late a one stands for them.

    Of the applications whose primary keys follow `after`, up to `to`.
    """
    return [pk for (pk,) in rows(statements.drifted(len(kinds)), [*kinds, after, to or 2**63 - 1])]
