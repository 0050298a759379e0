"""Reads about batches; every one starts from the application it belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from applications.errors import NotFound
from applications.models import Application
from media_jobs.batches.pace import LAST, left
from media_jobs.clock import database_now
from media_jobs.jobs.selectors import UNDER_WAY, Outcome, by_batch
from media_jobs.models import AnimatedImage, Batch, Job, ProcedureTask
from media_jobs.states import OPEN_BATCHES, JobState, TaskStatus


def batches_for(application: Application) -> QuerySet[Batch]:
    return Batch.objects.filter(application=application)


def open_batches(application: Application) -> QuerySet[Batch]:
    return batches_for(application).filter(finished_at=None)


def one_batch(application: Application, pk: UUID | str) -> Batch:
    """Raises NotFound, also for what is no id at all."""
    try:
        batch = batches_for(application).filter(pk=UUID(str(pk))).first()
    except ValueError:
        batch = None
    if batch is None:
        raise NotFound(f"There is no batch {pk}.", field="id")
    return batch


def figures_of(batches: Sequence[Batch]) -> dict[UUID, dict[str, Any]]:
    """Of each batch, by its key: `tasks` by Outcome, `pictures` that are there, and their `bytes`.

    Counted while a batch is open, as they were when it had ended otherwise.
    """
    kept = {batch.pk: batch.figures for batch in batches if batch.figures is not None}
    counted = [batch for batch in batches if batch.pk not in kept]
    if not counted:
        return kept
    tasks = by_batch(counted)
    found = {batch.pk: {"tasks": tasks[batch.pk], "pictures": 0, "bytes": 0} for batch in counted}
    pictures = AnimatedImage.objects.filter(job__task__batch__in=counted).order_by().values_list("job__task__batch")
    for pk, number, size in pictures.annotate(Count("pk"), Sum("size")):
        found[pk] |= {"pictures": number, "bytes": size}
    return kept | found


def seconds_left(batch: Batch, figures: Mapping[str, Any]) -> float | None:
    """Until an open batch has ended, by the pace that it has shown of late; None while too little is known of that."""
    tasks, come_to = figures["tasks"], sum(figures["tasks"].values())
    under_way = batch.tasks.filter(status__in=UNDER_WAY).order_by("pk")
    if batch.state not in OPEN_BATCHES or batch.waits or not come_to:
        return None
    oldest = under_way.values_list("created_at", flat=True).first()
    ended = batch.tasks.filter(finished_at__gt=oldest) if oldest else batch.tasks.filter(finished_at__isnull=False)
    last = list(ended.order_by("-finished_at").values_list("finished_at", flat=True)[:LAST])
    ahead = max(0, batch.total - sum(batch.skipped.values()) - come_to)
    return left([moment for moment in last if moment], still_under_way(tasks) + ahead, now=database_now())


def still_under_way(tasks: Mapping[str, int]) -> int:
    """How many of a batch's tasks haven't ended, by the number of each outcome."""
    return tasks.get(Outcome.WAITING, 0) + tasks.get(Outcome.PROCESSING, 0)


def unmade_tasks(batch: Batch) -> QuerySet[ProcedureTask]:
    """Those that have ended without all that they should make."""
    unmade = Exists(Job.objects.filter(task=OuterRef("pk"), state__in=(JobState.FAIL, JobState.ABORTED)))
    return batch.tasks.filter(unmade, status__in=(TaskStatus.FINISH, TaskStatus.ABORTED))
