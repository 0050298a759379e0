"""Submitting, cancelling and repeating work."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from applications.errors import Conflict, InvalidValue
from applications.models import Application
from applications.often_asked import OftenAsked
from applications.often_written import write
from applications.transactions import atomic, locked_row, synced_together
from media_jobs.doorbell import issue_permits
from media_jobs.jobs import leases, queue
from media_jobs.jobs.quotas import check_work
from media_jobs.models import Batch, Job, Media, ProcedureTask
from media_jobs.states import JobState
from procedures.plan import Part, Plan, StepInput, plan_from

PRIORITIES = range(-10, 11)  # docs/protocol 2.3.2, TasksPriority
NOTIFY_MODES = ("", "Finish", "Change", "None")
MAX_SESSION_ID, MAX_SESSION_CONTEXT = 50, 1000
_ANALYSIS_PRIORITY = 10  # a look takes a moment, and the page waits for it


class MediaNotReady(Conflict):
    pass


class TaskDuplicated(Conflict):
    """The session id was used within settings.ZOETROPE_SESSION_ID_WINDOW."""


class NothingToRetry(Conflict):
    pass


@synced_together()
@atomic
def submit_task(
    *,
    media: Media,
    plan: Plan,
    priority: int = 0,
    notify_mode: str = "",
    session_id: str = "",
    session_context: str = "",
    batch: Batch | None = None,
) -> ProcedureTask:
    """One task with a job for each step of the plan; a permit for each is issued after commit.

    Raises InvalidValue, MediaNotReady (deleted or forbidden), TaskDuplicated, or QuotaExceeded.
    """
    check_options(priority=priority, notify_mode=notify_mode, session_id=session_id, session_context=session_context)
    application = media.application
    check_work(application, len(plan.parts))
    if session_id:
        _require_fresh(application, session_id)
    _require_ready(media)
    task = ProcedureTask(
        application=application,
        media=media,
        batch=batch,
        task_id=f"{application.app_id}-Procedure-{uuid.uuid4().hex}t0",
        procedure=plan.procedure,
        priority=priority,
        notify_mode=notify_mode,
        session_id=session_id,
        session_context=session_context,
    )
    write([task])
    _enqueue([_job(task, part, position=position) for position, part in enumerate(plan.parts)])
    return task


def look_at(media: Media) -> None:
    """Queue the analysis of a media that has just come to be, in the transaction that makes it."""
    _enqueue([Job(application=media.application, media=media, kind=Job.Kind.ANALYSE, priority=_ANALYSIS_PRIORITY)])


def cancel_task(*, task: ProcedureTask) -> bool:
    """Jobs that wait end at once, running ones within a heartbeat. False when there was nothing left to stop."""
    return leases.request_abort(task) > 0


@atomic
def retry_task(*, task: ProcedureTask, batch: Batch | None = None) -> ProcedureTask:
    """A new task with the frozen steps of this one that did not succeed. Raises NothingToRetry or MediaNotReady."""
    unmade = _unmade(task)
    if not unmade:
        raise NothingToRetry("No part of this task failed or was cancelled, so there is nothing to try again.")
    steps = Plan.from_dicts([job.plan for job in unmade], procedure=task.procedure)
    return submit_task(
        media=task.media,
        plan=steps,
        priority=task.priority,
        notify_mode=task.notify_mode,
        session_context=task.session_context,
        batch=batch,
    )


@atomic
def retry_changed(*, task: ProcedureTask, steps: Iterable[StepInput]) -> ProcedureTask:
    """A new task with these steps in place of the animated images that did not succeed; what else didn't comes with it.

    Raises InvalidValue, NotFound (a template), MediaNotReady, or QuotaExceeded.
    """
    before = Plan.from_dicts([job.plan for job in _unmade(task)], procedure=task.procedure)
    frozen = plan_from(task.application, steps, covers=before.covers)
    return submit_task(
        media=task.media,
        plan=replace(before, steps=frozen.steps),
        priority=task.priority,
        notify_mode=task.notify_mode,
        session_context=task.session_context,
    )


def _unmade(task: ProcedureTask) -> list[Job]:
    """What may become something at another try; a task that this server doesn't do won't."""
    ended = task.jobs.filter(state__in=(JobState.FAIL, JobState.ABORTED))
    return list(ended.exclude(kind=Job.Kind.UNMADE).order_by("position"))


def _require_fresh(application: Application, session_id: str) -> None:
    """Raises TaskDuplicated. Two at once come one after the other, by the application's row."""
    locked_row(Application.objects.all(), application.pk, gone="This application is gone.")
    since = Now() - settings.ZOETROPE_SESSION_ID_WINDOW
    if application.tasks.filter(session_id=session_id, created_at__gt=since).exists():
        raise TaskDuplicated(f"The SessionId {session_id} was used before. Leave it out, or draw a fresh one.")


_ready = OftenAsked(
    lambda media: (
        Media.objects.present().filter(pk=media, status=Media.Status.NORMAL).select_for_update(no_key=True).only("pk")
    ),
    "media",
)


def _require_ready(media: Media) -> None:
    """Raises MediaNotReady; else the media stays as it is until the transaction ends."""
    if not _ready.first(media=media.pk):
        raise MediaNotReady("This media was deleted, has expired or is forbidden, so nothing can be made of it.")


def _job(task: ProcedureTask, part: Part, *, position: int) -> Job:
    return Job(
        application=task.application,
        media=task.media,
        task=task,
        kind=part.job_kind,
        position=position,
        definition=part.definition,
        plan=part.as_dict(),
        priority=task.priority,
    )


def _enqueue(jobs: list[Job]) -> None:
    """With a permit for each, once what makes them is committed."""
    queue.enqueue(jobs)
    for kind in {job.kind for job in jobs}:
        ids = [job.pk for job in jobs if job.kind == kind]
        transaction.on_commit(partial(issue_permits, kind, ids), robust=True)


def check_options(*, priority: int, notify_mode: str, session_id: str, session_context: str) -> None:
    """Raises InvalidValue. An upload with a task flow asks before it takes the bytes."""
    if priority not in PRIORITIES:
        raise InvalidValue("The priority is a whole number from -10 to 10.", field="priority")
    if notify_mode not in NOTIFY_MODES:
        raise InvalidValue("The notify mode is Finish, Change or None.", field="notify_mode")
    if len(session_id) > MAX_SESSION_ID:
        raise InvalidValue(f"A SessionId has at most {MAX_SESSION_ID} characters.", field="session_id")
    if len(session_context) > MAX_SESSION_CONTEXT:
        raise InvalidValue(f"A SessionContext has at most {MAX_SESSION_CONTEXT} characters.", field="session_context")
