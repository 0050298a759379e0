"""How a task really went: the protocol's FINISH covers failures too, but a person wants to know (docs/console.md 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Avg, Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.enums import TextChoices
from django.db.models.functions import Cast, Coalesce

from media_jobs.models import Job, ProcedureTask
from media_jobs.states import JobState, TaskStatus

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    TaskRows = QuerySet[WithAnnotations[ProcedureTask, "TaskFacts"]]


class TaskFacts(TypedDict):
    """What with_outcome adds. images: jobs · made: those that succeeded · progress: 0–100 over all of them."""

    outcome: str
    images: int
    made: int
    progress: int


class Outcome(TextChoices):
    WAITING = "waiting", "Waiting"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    PARTLY_FAILED = "partly-failed", "Partly failed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNDER_WAY = (TaskStatus.WAITING, TaskStatus.PROCESSING)
TROUBLED = (Outcome.FAILED, Outcome.PARTLY_FAILED)


def with_outcome(tasks: QuerySet[ProcedureTask]) -> TaskRows:
    return tasks.annotate(
        outcome=_outcome(),
        images=_number(_jobs().annotate(number=Count("pk"))),
        made=_number(_jobs(state=JobState.SUCCESS).annotate(number=Count("pk"))),
        progress=_number(_jobs().annotate(number=Cast(Avg("progress"), IntegerField()))),
    )


def _outcome() -> Case:
    ended = Q(status=TaskStatus.FINISH)
    failed, made = _any(JobState.FAIL), _any(JobState.SUCCESS)
    return Case(
        When(status=TaskStatus.WAITING, then=Value(Outcome.WAITING)),
        When(status=TaskStatus.PROCESSING, then=Value(Outcome.PROCESSING)),
        When(status=TaskStatus.ABORTED, then=Value(Outcome.CANCELLED)),
        When(ended & failed & made, then=Value(Outcome.PARTLY_FAILED)),
        When(ended & failed, then=Value(Outcome.FAILED)),
        default=Value(Outcome.COMPLETED),
    )


def _any(state: JobState) -> Exists:
    return Exists(Job.objects.filter(task=OuterRef("pk"), state=state))


def _jobs(**having: Any) -> QuerySet[Job, Any]:
    return Job.objects.filter(task=OuterRef("pk"), **having).order_by().values("task")


def _number(counted: QuerySet[Job, Any]) -> Coalesce:
    """Subqueries and not joins: a page of twenty rows counts twenty tasks, not all there ever were."""
    return Coalesce(Subquery(counted.values_list(F("number"))), 0)
