"""Fetching a file from a URL: asking for it, and calling it off (docs/protocol 2.4, PullUpload)."""

import uuid
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from applications.errors import InvalidValue
from applications.models import Application, User
from media_jobs.doorbell import PULL, issue_permits
from media_jobs.jobs.services import TaskDuplicated, check_options
from media_jobs.models import PullTask, Upload
from media_jobs.outbound import AddressNotAllowed, check_url
from media_jobs.states import TaskStatus
from media_jobs.uploads.services import Wanted, begin, discard


@transaction.atomic
def pull_upload(
    *,
    application: Application,
    url: str,
    wanted: Wanted,
    cover_url: str = "",
    session_id: str = "",
    user: User | None = None,
) -> PullTask:
    """A task that fetches `url` and then does what any upload does; the URL tells name and type where `wanted` doesn't.

    Raises InvalidValue (fields url, cover_url, …), TaskDuplicated, or what `uploads.begin` raises.
    """
    name = _file_name(url, field="url")
    if cover_url:
        _file_name(cover_url, field="cover_url")
    check_options(
        priority=wanted.tasks_priority,
        notify_mode=wanted.notify_mode,
        session_id=session_id,
        session_context=wanted.session_context,
    )
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if session_id and _used(locked, session_id):
        raise TaskDuplicated(f"The SessionId {session_id} was used before. Leave it out, or draw a fresh one.")
    wanted = replace(
        wanted, name=wanted.name or name, media_type=wanted.media_type or PurePosixPath(name).suffix.lstrip(".")
    )
    upload = begin(application=locked, wanted=wanted, door="pull", user=user)
    Upload.objects.filter(pk=upload.pk).update(expires_at=Now() + settings.ZOETROPE_EVENT_LIFETIME)
    pull = PullTask.objects.create(
        application=locked,
        upload=upload,
        task_id=f"{locked.app_id}-Pull-{uuid.uuid4().hex}t0",
        url=url,
        cover_url=cover_url,
        session_id=session_id,
    )
    transaction.on_commit(partial(issue_permits, PULL, [pull.task_id]), robust=True)
    return pull


@transaction.atomic
def cancel_pull(*, pull: PullTask) -> bool:
    """Call it off if it hasn't begun; False when it has (docs/protocol 2.5, ManageTask)."""
    waiting = PullTask.objects.filter(pk=pull.pk, status=TaskStatus.WAITING)
    if not waiting.update(status=TaskStatus.ABORTED, message="Cancelled.", finished_at=Now()):
        return False
    discard(upload=pull.upload)
    return True


def _file_name(url: str, *, field: str) -> str:
    """The last part of the URL's path. Raises InvalidValue for what the guard wouldn't dial."""
    try:
        return PurePosixPath(unquote(check_url(url).path)).name
    except AddressNotAllowed as refusal:
        raise InvalidValue(str(refusal), field=field) from refusal


def _used(application: Application, session_id: str) -> bool:
    since = Now() - settings.ZOETROPE_SESSION_ID_WINDOW
    return application.pulls.filter(session_id=session_id, created_at__gt=since).exists()
