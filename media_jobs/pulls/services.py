"""Fetching a file from a URL: asking for it, and calling it off (docs/protocol 2.4, PullUpload)."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from applications.errors import InvalidValue, refuse
from applications.models import Application, User
from applications.transactions import atomic, locked_row
from media_jobs.doorbell import PULL, issue_permits
from media_jobs.jobs.services import TaskDuplicated, check_options
from media_jobs.models import PullTask, Upload
from media_jobs.outbound import AddressNotAllowed, check_url
from media_jobs.states import TaskStatus
from media_jobs.uploads.services import Wanted, begin, check_wanted, discard


@atomic
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
    wanted = _completed(url, wanted, cover_url=cover_url)
    check_options(
        priority=wanted.tasks_priority,
        notify_mode=wanted.notify_mode,
        session_id=session_id,
        session_context=wanted.session_context,
    )
    if session_id:
        locked_row(Application.objects.all(), application.pk, gone="This application is gone.")
    if session_id and _used(application, session_id):
        raise TaskDuplicated(f"The SessionId {session_id} was used before. Leave it out, or draw a fresh one.")
    upload = begin(application=application, wanted=wanted, door="pull", user=user)
    Upload.objects.filter(pk=upload.pk).update(expires_at=Now() + settings.ZOETROPE_EVENT_LIFETIME)
    pull = PullTask.objects.create(
        application=application,
        upload=upload,
        task_id=f"{application.app_id}-Pull-{uuid.uuid4().hex}t0",
        url=url,
        cover_url=cover_url,
        session_id=session_id,
    )
    transaction.on_commit(partial(issue_permits, PULL, [pull.task_id]), robust=True)
    return pull


def check_pull(*, application: Application, url: str, wanted: Wanted, cover_url: str = "") -> None:
    """Whether it would be taken now, without asking the source. Raises what `pull_upload` raises."""
    check_wanted(application=application, wanted=_completed(url, wanted, cover_url=cover_url))


@atomic
def cancel_pull(*, pull: PullTask) -> bool:
    """Call it off if it hasn't begun; False when it has (docs/protocol 2.5, ManageTask)."""
    waiting = PullTask.objects.filter(pk=pull.pk, status=TaskStatus.WAITING)
    if not waiting.update(status=TaskStatus.ABORTED, message="Cancelled.", finished_at=Now()):
        return False
    discard(upload=pull.upload)
    return True


def _completed(url: str, wanted: Wanted, *, cover_url: str) -> Wanted:
    """With the name and type that the URL tells where `wanted` doesn't. Raises InvalidValue."""
    refuse(mistakes_of_urls({"url": url, "cover_url": cover_url}))
    name = PurePosixPath(unquote(check_url(url).path)).name
    suffix = PurePosixPath(name).suffix.lstrip(".")
    return replace(wanted, name=wanted.name or name, media_type=wanted.media_type or suffix)


def mistakes_of_urls(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    """What the guard wouldn't dial, of `url` and, where there is one, `cover_url`."""
    for field in ("url", "cover_url"):
        try:
            if field in fields and (field == "url" or fields[field]):
                check_url(fields[field])
        except AddressNotAllowed as refusal:
            yield InvalidValue(str(refusal), field=field)


def _used(application: Application, session_id: str) -> bool:
    since = Now() - settings.ZOETROPE_SESSION_ID_WINDOW
    return application.pulls.filter(session_id=session_id, created_at__gt=since).exists()
