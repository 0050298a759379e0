"""The picture that stands for a media, when somebody brings his own."""

import secrets
from functools import partial

from django.db import transaction

from applications.errors import InvalidValue
from media_jobs.models import Media
from media_jobs.store.scratch import reserve, scratch
from media_jobs.store.storage import media_key, storage

_BEGINNINGS = {"gif": b"GIF8", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


def set_cover(*, media: Media, picture: bytes) -> Media:
    """A GIF, JPEG or PNG becomes the media's cover. Raises InvalidValue or NoSpace."""
    extension = picture_type(picture)
    reserve(len(picture))
    key = media_key(app_id=media.application.app_id, file_id=media.file_id, extension=extension)
    draft = scratch() / f"{secrets.token_hex(16)}.{extension}"
    draft.write_bytes(picture)
    storage().adopt(draft, key)
    _replace(media, key)
    return media


def picture_type(picture: bytes) -> str:
    """gif, jpg or png, by its first bytes. Raises InvalidValue."""
    for kind, beginning in _BEGINNINGS.items():
        if picture.startswith(beginning):
            return kind
    raise InvalidValue("A cover is a GIF, JPEG or PNG picture.", field="cover")


@transaction.atomic
def _replace(media: Media, key: str) -> None:
    """A cover that a task made stays with the task; any other is gone once it is replaced."""
    old = Media.objects.select_for_update().get(pk=media.pk).poster_key
    media.poster_key = key
    media.save(update_fields=["poster_key", "updated_at"])
    if old and not media.jobs.filter(cover_key=old).exists():
        transaction.on_commit(partial(storage().delete, old), robust=True)
