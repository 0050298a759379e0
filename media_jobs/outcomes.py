"""How a task really went: the protocol's FINISH covers failures too, but a person wants to know (console.md 8)."""

from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from media_jobs.models import Job, ProcedureTask
from media_jobs.states import JobState, TaskStatus


class Outcome(TextChoices):
    WAITING = "waiting", "Waiting"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    PARTLY_FAILED = "partly-failed", "Partly failed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = (Outcome.WAITING, Outcome.PROCESSING)
TROUBLED = (Outcome.FAILED, Outcome.PARTLY_FAILED)


def with_outcome(tasks: QuerySet[ProcedureTask]) -> QuerySet[ProcedureTask]:
    """Adds outcome (an Outcome), images (jobs), made (those that succeeded) and progress (0–100 over all of them)."""
    return tasks.annotate(
        outcome=_outcome(),
        images=_number(_jobs().annotate(number=Count("pk"))),
        made=_number(_jobs(state=JobState.SUCCESS).annotate(number=Count("pk"))),
        progress=_number(_jobs().annotate(number=Cast(Avg("progress"), IntegerField()))),
    )


def _outcome() -> Case:
    ended = {"status": TaskStatus.FINISH}
    failed, made = _any(JobState.FAIL), _any(JobState.SUCCESS)
    return Case(
        When(status=TaskStatus.WAITING, then=Value(Outcome.WAITING)),
        When(status=TaskStatus.PROCESSING, then=Value(Outcome.PROCESSING)),
        When(status=TaskStatus.ABORTED, then=Value(Outcome.CANCELLED)),
        When(failed, made, **ended, then=Value(Outcome.PARTLY_FAILED)),
        When(failed, **ended, then=Value(Outcome.FAILED)),
        default=Value(Outcome.COMPLETED),
    )


def _any(state: JobState) -> Exists:
    return Exists(Job.objects.filter(task=OuterRef("pk"), state=state))


def _jobs(**having: object) -> QuerySet[Job, dict[str, object]]:
    return Job.objects.filter(task=OuterRef("pk"), **having).order_by().values("task")


def _number(counted: QuerySet[Job, dict[str, object]]) -> Coalesce:
    """Subqueries and not joins: a page of twenty rows counts twenty tasks, not all there ever were."""
    return Coalesce(Subquery(counted.values_list(F("number"))), 0)
