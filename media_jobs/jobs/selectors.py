"""Reads about tasks, jobs and workers; every one of an application's starts from it.

And how a task really went: the protocol's FINISH covers failures too, but a person wants to know (docs/console.md 8).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.db.models import Avg, Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.enums import TextChoices
from django.db.models.functions import Cast, Coalesce, Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.models import Job, Media, ProcedureTask, Worker
from media_jobs.states import JobState, TaskStatus

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    TaskRows = QuerySet[WithAnnotations[ProcedureTask, "TaskFacts"]]


class TaskFacts(TypedDict):
    """What with_outcome adds: the number of jobs (`images`), of those that succeeded (`made`), and 0–100 over all."""

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


def tasks_for(application: Application) -> QuerySet[ProcedureTask]:
    return ProcedureTask.objects.filter(application=application).select_related("media")


def one_task(application: Application, task_id: str) -> ProcedureTask:
    """Raises NotFound."""
    task = tasks_for(application).filter(task_id=task_id).first()
    if task is None:
        raise NotFound(f"There is no task {task_id}.", field="task_id")
    return task


def tasks_found(application: Application, *, text: str = "", outcome: str = "", file_id: str = "") -> TaskRows:
    """`text` is a part of a task id, of a media's name or of a task flow's name; `outcome` is an Outcome."""
    found = with_outcome(tasks_for(application))
    if text := text.strip():
        found = found.filter(Q(task_id__icontains=text) | Q(media__name__icontains=text) | Q(procedure__icontains=text))
    if outcome:
        found = found.filter(outcome=outcome)
    if file_id:
        found = found.filter(media__file_id=file_id)
    return found


def first_task_of(media: Media) -> ProcedureTask | None:
    """The one that its upload started."""
    return media.tasks.order_by("created_at", "pk").first()


def jobs_of(task: ProcedureTask) -> QuerySet[Job]:
    return task.jobs.select_related("output").order_by("position")


def live_workers() -> QuerySet[Worker]:
    """Those that gave a sign of life within three heartbeats."""
    return Worker.objects.filter(seen_at__gt=Now() - timedelta(seconds=3 * settings.ZOETROPE_HEARTBEAT_SECONDS))


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
