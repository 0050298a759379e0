"""Reads about tasks, jobs and workers; every one of an application's starts from it.

And how a task really went: the protocol's FINISH covers failures too, but a person wants to know (docs/console.md 8).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from django.conf import settings
from django.db.models import Avg, Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.enums import TextChoices
from django.db.models.functions import Cast, Coalesce, Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.clock import on_days
from media_jobs.doorbell import queue_of
from media_jobs.models import Batch, Job, Media, ProcedureTask, Worker
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
# What a task in that state is called; one that is finished is called after its jobs.
_STATUS: dict[str, TaskStatus] = {
    Outcome.WAITING: TaskStatus.WAITING,
    Outcome.PROCESSING: TaskStatus.PROCESSING,
    Outcome.CANCELLED: TaskStatus.ABORTED,
}
ANY_TROUBLE = "troubled"  # in place of an Outcome: any of those
RECENT = timedelta(hours=24)


def tasks_for(application: Application | Value) -> QuerySet[ProcedureTask]:
    return ProcedureTask.objects.filter(application=application).select_related("media")


def one_task(application: Application, task_id: str) -> ProcedureTask:
    """Raises NotFound."""
    task = tasks_for(application).filter(task_id=task_id).first()
    if task is None:
        raise NotFound(f"There is no task {task_id}.", field="task_id")
    return task


def tasks_found(
    application: Application,
    *,
    text: str = "",
    outcome: str = "",
    file_id: str = "",
    recent: bool = False,
    procedure: str = "",
    definition: int | None = None,
    batch: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> TaskRows:
    """`text` is a part of a task id, of a media's name or of a task flow's name; `outcome` an Outcome or ANY_TROUBLE.

    `recent`: of the last 24 hours only. The days are UTC's, and both count whole. `procedure` and `batch` are what it
    was started by, `definition` a template that one of its parts has.
    """
    tasks = tasks_for(application).filter(on_days("created_at", since, until))
    tasks = tasks.filter(created_at__gt=Now() - RECENT) if recent else tasks
    found = with_outcome(in_outcome(tasks, outcome, recent=recent) if outcome else tasks)
    if text := text.strip():
        found = found.filter(Q(task_id__icontains=text) | Q(media__name__icontains=text) | Q(procedure__icontains=text))
    if file_id:
        found = found.filter(media=Media.objects.key_of(application=application, file_id=file_id))
    if procedure:
        found = found.filter(procedure=procedure)
    if definition is not None:
        found = found.filter(Exists(Job.objects.filter(task=OuterRef("pk"), definition=definition)))
    if batch:
        found = found.filter(batch=batch)
    return found


def first_task_of(media: Media) -> ProcedureTask | None:
    """The one that its upload started."""
    return media.tasks.order_by("created_at", "pk").first()


def jobs_of(task: ProcedureTask) -> QuerySet[Job]:
    return task.jobs.select_related("output", "snapshots").order_by("position")


def live_workers() -> QuerySet[Worker]:
    """Those that gave a sign of life within three heartbeats; not one from a time before the clock was set back."""
    span = timedelta(seconds=3 * settings.ZOETROPE_HEARTBEAT_SECONDS)
    return Worker.objects.filter(seen_at__gt=Now() - span, seen_at__lt=Now() + span)


def slots_for(kind: str) -> int:
    """How many jobs of the kind live workers carry out at once. One of a release before 0.3 doesn't say, and counts."""
    queue = queue_of(kind)
    told = live_workers().values_list("slots", "queues")
    return sum(slots for slots, names in told if not names or queue in names.split(","))


def with_outcome(tasks: QuerySet[ProcedureTask]) -> TaskRows:
    return tasks.annotate(
        outcome=_outcome(),
        images=_number(_jobs().annotate(number=Count("pk"))),
        made=_number(_jobs(state=JobState.SUCCESS).annotate(number=Count("pk"))),
        progress=_number(_jobs().annotate(number=Cast(Avg("progress"), IntegerField()))),
    )


def in_outcome(tasks: QuerySet[ProcedureTask], outcome: str, *, recent: bool = False) -> QuerySet[ProcedureTask]:
    """Those to which `with_outcome` gives that Outcome, or any of ANY_TROUBLE, in words that indexes answer.

    `recent`: they are tasks of the last 24 hours, so that what failed did so since.
    """
    if outcome in _STATUS:
        return tasks.filter(status=_STATUS[outcome])
    ended = tasks.filter(status=TaskStatus.FINISH)
    if outcome == Outcome.COMPLETED:
        return ended.filter(~_any(JobState.FAIL))
    failed = Job.objects.filter(state=JobState.FAIL, task__isnull=False)
    failed = failed.filter(finished_at__gt=Now() - RECENT) if recent else failed
    troubled = ended.filter(pk__in=failed.values("task"))
    made = _any(JobState.SUCCESS)
    ways = {Outcome.FAILED: ~Q(made), Outcome.PARTLY_FAILED: Q(made)}
    return troubled.filter(ways.get(Outcome(outcome), Q())) if outcome != ANY_TROUBLE else troubled


def by_batch(batches: Collection[Batch]) -> dict[Any, dict[str, int]]:
    """How many tasks of each batch, by its key, went how: numbers by Outcome, without those that are 0."""
    tasks = ProcedureTask.objects.filter(batch__in=batches).annotate(outcome=_outcome()).order_by()
    found: dict[Any, dict[str, int]] = {batch.pk: {} for batch in batches}
    for pk, outcome, number in tasks.values_list("batch", "outcome").annotate(number=Count("pk")):
        found[pk][outcome] = number
    return found


def _outcome() -> Case:
    ended = Q(status=TaskStatus.FINISH)
    failed, made = _any(JobState.FAIL), _any(JobState.SUCCESS)
    return Case(
        *(When(status=status, then=Value(outcome)) for outcome, status in _STATUS.items()),
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
