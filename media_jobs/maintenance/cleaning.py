"""Sweeping up what crashes and abandoned uploads leave behind. Safe to run at any time, as often as one likes."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from media_jobs.library.services import delete_media
from media_jobs.maintenance.orphans import orphans
from media_jobs.models import Event, Media, Upload, UploadCredential, Worker
from media_jobs.states import UploadState
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
from media_jobs.uploads.objects import forget_objects
from media_jobs.uploads.services import UploadClosed, commit, discard, part_path

log = logging.getLogger(__name__)

_SLICE = 500
_COMMIT_AGE = timedelta(minutes=1)  # longer than it takes from the last byte to the media
_ORPHAN_AGE = timedelta(days=1)  # longer than any job or pause between two bytes of an upload may last


def collect_garbage() -> None:
    """Expired uploads and media end, orphaned scratch files go, old events and silent workers are forgotten."""
    for upload in Upload.objects.filter(state=UploadState.OPEN, expires_at__lt=timezone.now()):
        discard(upload=upload)
    for media in Media.objects.present().filter(expires_at__lt=Now()):
        delete_media(media=media)
    for upload in _ended_with_objects():
        forget_objects(upload=upload)
    UploadCredential.objects.filter(expires_at__lt=timezone.now()).delete()
    _sweep_files(older_than=max(_ORPHAN_AGE, settings.ZOETROPE_UPLOAD_LIFETIME))
    Worker.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()
    _forget_old_events()


def finish_uploads() -> None:
    """Commit what has arrived completely, but the server died before it said so and the client never asked again.

    Only resumable uploads: whoever sends a file whole sends it again when there is no answer.
    """
    old = timezone.now() - _COMMIT_AGE
    arrived = Upload.objects.filter(state=UploadState.OPEN, door="tus", offset=F("length"), length__gt=0)
    for upload in arrived.filter(updated_at__lt=old):
        if not part_path(upload.id).exists():  # on another host, which will see to it
            continue
        try:
            log.warning("upload %s had arrived: %s", upload.id, commit(upload_id=upload.id).file_id)
        except (UploadClosed, OSError) as error:
            log.warning("upload %s can't be committed: %s", upload.id, error)


def _forget_old_events() -> None:
    """A slice at a time: Django reads what it deletes, and there may be a million."""
    old = Event.objects.filter(created_at__lt=Now() - settings.ZOETROPE_EVENT_LIFETIME)
    while keys := list(old.values_list("pk", flat=True)[:_SLICE]):
        Event.objects.filter(pk__in=keys).delete()


def _sweep_files(*, older_than: timedelta) -> None:
    oldest = time.time() - older_than.total_seconds()
    for path in scratch().iterdir():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    for key in orphans(older_than=older_than):
        storage().delete(key)


def _ended_with_objects() -> QuerySet[Upload]:
    objects = Q(objects_stored__isnull=False) | Q(multiparts__parts__isnull=False)
    return Upload.objects.exclude(state=UploadState.OPEN).filter(objects).distinct()
