"""Reads about batches; every one starts from the application it belongs to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from applications.errors import NotFound
from applications.models import Application
from media_jobs.jobs.selectors import by_batch
from media_jobs.models import AnimatedImage, Batch, Job, ProcedureTask
from media_jobs.states import OPEN_BATCHES, JobState, TaskStatus


def batches_for(application: Application) -> QuerySet[Batch]:
    return Batch.objects.filter(application=application)


def open_batches(application: Application) -> QuerySet[Batch]:
    return batches_for(application).filter(state__in=OPEN_BATCHES)


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


def unmade_tasks(batch: Batch) -> QuerySet[ProcedureTask]:
    """Those that have ended without all that they should make."""
    unmade = Exists(Job.objects.filter(task=OuterRef("pk"), state__in=(JobState.FAIL, JobState.ABORTED)))
    return batch.tasks.filter(unmade, status__in=(TaskStatus.FINISH, TaskStatus.ABORTED))
