"""Stored bytes that no row names: what a crash between file and row leaves behind."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from media_jobs.models import AnimatedImage, Job, Media, Upload
from media_jobs.states import UploadState
from media_jobs.store.storage import storage

_BATCH = 500


def orphans(*, older_than: timedelta) -> Iterator[str]:
    """Keys of such files. A file is durable before its row, so a young one may still get its row."""
    keys = storage().keys(older_than=older_than)
    while batch := list(islice(keys, _BATCH)):
        named = _named(batch)
        yield from (key for key in batch if key not in named)


def _named(keys: list[str]) -> set[str]:
    present, open_uploads = Media.objects.present(), Upload.objects.filter(state=UploadState.OPEN)
    return {
        *present.filter(storage_key__in=keys).values_list("storage_key", flat=True),
        *present.filter(poster_key__in=keys).values_list("poster_key", flat=True),
        *open_uploads.filter(storage_key__in=keys).values_list("storage_key", flat=True),
        *open_uploads.filter(poster_key__in=keys).values_list("poster_key", flat=True),
        *Job.objects.filter(cover_key__in=keys, media__deleted_at=None).values_list("cover_key", flat=True),
        *AnimatedImage.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True),
    }
