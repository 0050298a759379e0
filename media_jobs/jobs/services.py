"""Submitting, cancelling and repeating work."""

import uuid
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from applications.errors import Conflict, InvalidValue
from applications.models import Application
from media_jobs.doorbell import issue_permits
from media_jobs.jobs import leases, queue
from media_jobs.models import Job, Media, ProcedureTask
from media_jobs.states import JobState
from procedures.plan import CoverStep, Plan

PRIORITIES = range(-10, 11)  # docs/protocol 2.3.2, TasksPriority
NOTIFY_MODES = ("", "Finish", "Change", "None")
MAX_SESSION_ID, MAX_SESSION_CONTEXT = 50, 1000


class MediaNotReady(Conflict):
    pass


class TaskDuplicated(Conflict):
    """The session id was used within settings.ZOETROPE_SESSION_ID_WINDOW."""


class NothingToRetry(Conflict):
    pass


@transaction.atomic
def submit_task(
    *,
    media: Media,
    plan: Plan,
    priority: int = 0,
    notify_mode: str = "",
    session_id: str = "",
    session_context: str = "",
) -> ProcedureTask:
    """One task with a job for each step of the plan; a permit for each is issued after commit.

    Raises InvalidValue, MediaNotReady (deleted or forbidden), or TaskDuplicated.
    """
    check_options(priority=priority, notify_mode=notify_mode, session_id=session_id, session_context=session_context)
    if media.deleted_at or media.status != Media.Status.NORMAL:
        raise MediaNotReady("This media was deleted or is forbidden, so nothing can be made of it.")
    application = Application.objects.select_for_update().get(pk=media.application_id)
    if session_id and _used(application, session_id):
        raise TaskDuplicated(f"The SessionId {session_id} was used before. Leave it out, or draw a fresh one.")
    task = ProcedureTask.objects.create(
        application=application,
        media=media,
        task_id=f"{application.app_id}-Procedure-{uuid.uuid4().hex}t0",
        procedure=plan.procedure,
        priority=priority,
        notify_mode=notify_mode,
        session_id=session_id,
        session_context=session_context,
    )
    jobs = [
        Job(
            application=application,
            media=media,
            task=task,
            kind=Job.Kind.COVER if isinstance(part, CoverStep) else Job.Kind.ANIMATE,
            position=position,
            definition=part.definition,
            plan=part.as_dict(),
            priority=priority,
        )
        for position, part in enumerate(plan.parts)
    ]
    queue.enqueue(jobs)
    for kind in {job.kind for job in jobs}:
        ids = [job.pk for job in jobs if job.kind == kind]
        transaction.on_commit(partial(issue_permits, kind, ids), robust=True)
    return task


def cancel_task(*, task: ProcedureTask) -> bool:
    """Jobs that wait end at once, running ones within a heartbeat. False when there was nothing left to stop."""
    return leases.request_abort(task) > 0


@transaction.atomic
def retry_task(*, task: ProcedureTask) -> ProcedureTask:
    """A new task with the frozen steps of this one that did not succeed. Raises NothingToRetry or MediaNotReady."""
    unmade = task.jobs.filter(state__in=(JobState.FAIL, JobState.ABORTED)).order_by("position")
    if not unmade:
        raise NothingToRetry("No part of this task failed or was cancelled, so there is nothing to try again.")
    steps = Plan.from_dicts([job.plan for job in unmade], procedure=task.procedure)
    return submit_task(
        media=task.media,
        plan=steps,
        priority=task.priority,
        notify_mode=task.notify_mode,
        session_context=task.session_context,
    )


def _used(application: Application, session_id: str) -> bool:
    since = Now() - settings.ZOETROPE_SESSION_ID_WINDOW
    return application.tasks.filter(session_id=session_id, created_at__gt=since).exists()


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
