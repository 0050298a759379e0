"""Reads about tasks, jobs and workers; every one of an application's starts from it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.jobs.outcomes import with_outcome
from media_jobs.models import Job, Media, ProcedureTask, Worker

if TYPE_CHECKING:
    from media_jobs.jobs.outcomes import TaskRows


def tasks_for(application: Application) -> QuerySet[ProcedureTask]:
    return ProcedureTask.objects.filter(application=application).select_related("media")


def one_task(application: Application, task_id: str) -> ProcedureTask:
    """Raises NotFound."""
    task = tasks_for(application).filter(task_id=task_id).first()
    if task is None:
        raise NotFound(f"There is no task {task_id}.", field="task_id")
    return task


def tasks_found(application: Application, *, text: str = "", outcome: str = "", file_id: str = "") -> TaskRows:
    """`text`: part of a task id, a media's name or a task flow's name · `outcome`: an Outcome."""
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
