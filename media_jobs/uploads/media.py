"""The media that a complete upload becomes, with its analysis, its task flow and its event: all of it, or nothing."""

import uuid

from django.db import transaction

from applications.errors import InvalidValue, NotFound
from applications.quotas import QuotaExceeded
from applications.transactions import atomic, locked_row
from media_jobs import holdings
from media_jobs.events import outbox
from media_jobs.jobs.services import MediaNotReady, look_at, submit_task
from media_jobs.models import Media, Upload
from media_jobs.states import UploadState
from media_jobs.uploads.push import pusher
from media_jobs.uploads.refusals import UploadClosed
from procedures.selectors import plan_of, procedure_for


@atomic
def make_media(upload_id: uuid.UUID, *, waits_on: str) -> Media:
    """Repeating it returns the same. `waits_on` is the host that still has to push the bytes, "" when none has to."""
    upload = locked_row(Upload.objects.all(), upload_id, gone="There is no such upload.")
    if upload.media is not None:
        return upload.media
    if upload.state == UploadState.ABORTED:
        raise UploadClosed("This upload was cancelled meanwhile. Start again.")
    media = Media.objects.create(
        application=upload.application,
        file_id=upload.file_id,
        name=upload.name,
        media_type=upload.media_type,
        media_class=upload.media_class,
        size=upload.offset,
        sha256=upload.sha256,
        waits_on=waits_on,
        storage_key=upload.storage_key,
        poster_key=upload.poster_key,
        source_context=upload.source_context,
        expires_at=upload.media_expires_at,
    )
    holdings.took_in([media])
    upload.media, upload.state = media, UploadState.COMMITTED
    _start_procedure(upload, media)
    upload.save(update_fields=["media", "state", "problem", "updated_at"])
    look_at(media)
    outbox.media_uploaded(media)
    if waits_on:
        transaction.on_commit(pusher.wake, robust=True)
    return media


def _start_procedure(upload: Upload, media: Media) -> None:
    """The upload hook. A flow that was deleted, or a media that expired meanwhile, costs the visitor nothing.

    The media is kept as long as it may be, and says why.
    """
    if not upload.procedure:
        return
    try:
        submit_task(
            media=media,
            plan=plan_of(procedure_for(upload.application, upload.procedure)),
            priority=upload.tasks_priority,
            notify_mode=upload.notify_mode,
            session_context=upload.session_context,
        )
    except (NotFound, InvalidValue, MediaNotReady, QuotaExceeded) as refusal:
        upload.problem = media.problem = str(refusal)
        media.save(update_fields=["problem"])
