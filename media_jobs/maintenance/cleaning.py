"""Sweeping up what crashes and abandoned uploads leave behind. Safe to run at any time, as often as one likes."""

import logging
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from applications.errors import Refused
from applications.models import Application
from media_jobs.jobs.previews import forget_old
from media_jobs.jobs.studio_files import forget_unused
from media_jobs.library.services import expire_media
from media_jobs.maintenance.orphans import collect_orphans
from media_jobs.maintenance.scratch_files import needed_of
from media_jobs.models import PARTIAL, RESUMABLE, Media, ObjectPart, StoredObject, Upload, Worker
from media_jobs.states import UploadState
from media_jobs.store import copies, outgoing
from media_jobs.store.scratch import scratch
from media_jobs.uploads.direct import forget_ended as forget_direct
from media_jobs.uploads.objects import forget_objects
from media_jobs.uploads.part import part_path
from media_jobs.uploads.services import commit, discard

log = logging.getLogger(__name__)

_AT_ONCE = 1000  # the next turn, a minute later, goes on
_COMMIT_AGE = timedelta(minutes=1)  # longer than it takes from the last byte to the media
_ORPHAN_AGE = timedelta(days=1)  # longer than any job or pause between two bytes of an upload may last


def collect_garbage() -> None:
    """What expired ends, files that no row names go, silent workers are forgotten."""
    end_what_expired()
    for upload in _ended_with_objects():
        forget_objects(upload=upload)
    forget_direct()
    sweep_scratch()
    collect_orphans()
    Worker.objects.filter(seen_at__lt=Now() - timedelta(days=1)).delete()


def end_what_expired() -> None:
    """Uploads that nobody finished, media whose time is over, and what the studio made and nobody asks for any more."""
    for upload in Upload.objects.filter(state=UploadState.OPEN, expires_at__lt=Now())[:_AT_ONCE]:
        discard(upload=upload)
    for media in Media.objects.expired()[:_AT_ONCE]:
        expire_media(media=media)
    forget_unused()
    forget_old()


def sweep_scratch() -> None:
    """Old files of the scratch folder that this host sees, and copies that nobody needs."""
    copies.tidy()
    oldest = time.time() - _orphan_age().total_seconds()
    old = [path for path in scratch().iterdir() if _is_old(path, oldest)][:_AT_ONCE]
    needed = needed_of(path.name for path in old) if old else set()
    for path in old:
        if path.name not in needed:
            path.unlink(missing_ok=True)


def _is_old(path: Path, oldest: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < oldest
    except FileNotFoundError:
        return False


def finish_uploads() -> None:
    """Commit what has arrived completely, but the server died before it said so and the client never asked again.

    Only resumable uploads: whoever sends a file whole sends it again when there is no answer.
    """
    old = timezone.now() - _COMMIT_AGE
    arrived = Upload.objects.filter(state=UploadState.OPEN, door__in=RESUMABLE, offset=F("length"), length__gt=0)
    arrived = arrived.exclude(application__status__in=Application.TERMINATED)
    for upload in arrived.filter(updated_at__lt=old).exclude(concat=PARTIAL):
        if not (part_path(upload.id).exists() or outgoing.path_of(upload.storage_key).exists()):
            continue  # on another host, which will see to it
        try:
            log.warning("upload %s had arrived: %s", upload.id, commit(upload_id=upload.id).file_id)
        except (Refused, OSError, IntegrityError) as error:
            log.warning("upload %s can't be committed: %s", upload.id, error)
        except DatabaseError:
            raise
        except Exception:
            log.exception("upload %s can't be committed: a fault of ours", upload.id)


def _orphan_age() -> timedelta:
    return max(_ORPHAN_AGE, settings.ZOETROPE_UPLOAD_LIFETIME)


def _ended_with_objects() -> QuerySet[Upload]:
    """Found by the objects, which only open sessions and those that just ended have; uploads are many."""
    stored = StoredObject.objects.exclude(upload__state=UploadState.OPEN).values_list("upload", flat=True)
    parts = ObjectPart.objects.exclude(multipart__upload__state=UploadState.OPEN)
    of_parts = parts.order_by().values_list("multipart__upload", flat=True)
    return Upload.objects.filter(pk__in={*stored.distinct()[:_AT_ONCE], *of_parts.distinct()[:_AT_ONCE]})
