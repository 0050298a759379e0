"""The picture that stands for a media, when somebody brings his own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import transaction

from applications.errors import InvalidValue
from applications.transactions import atomic, locked_row
from media_jobs.models import Media
from media_jobs.store import outgoing
from media_jobs.store.scratch import reserve, scratch
from media_jobs.store.storage import media_key, storage

MAX_COVER = 10 * 1024**2
_BEGINNINGS = {"gif": b"GIF8", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


def set_cover(*, media: Media, picture: bytes) -> None:
    """A GIF, JPEG or PNG becomes the media's cover. Raises InvalidValue, NoSpace, or NotFound for a deleted media."""
    with stored_cover(media=media, picture=picture) as key:
        _put(media, key)


@contextmanager
def stored_cover(*, media: Media, picture: bytes) -> Iterator[str]:
    """The key under which the picture is stored, before any row is locked; it is gone if no row came to name it.

    To a bucket it goes behind the answer, as sources do.
    """
    extension = picture_type(picture)
    reserve(len(picture))
    key = media_key(app_id=media.application.app_id, file_id=media.file_id, extension=extension)
    draft = scratch() / f"{secrets.token_hex(16)}.{extension}"
    draft.write_bytes(picture)
    waits = not storage().take_in(draft, key)
    try:
        yield key
    except BaseException:
        storage().delete(key)
        raise
    if waits:
        outgoing.announce()


def picture_type(picture: bytes) -> str:
    """gif, jpg or png, by its first bytes. Raises InvalidValue."""
    for kind, beginning in _BEGINNINGS.items():
        if picture.startswith(beginning):
            return kind
    raise InvalidValue("A cover is a GIF, JPEG or PNG picture.", field="cover")


@atomic
def _put(media: Media, key: str) -> None:
    put_cover(locked_row(Media.objects.present(), media.pk, gone="This media was deleted."), key)


def put_cover(media: Media, key: str) -> None:
    """`media` is locked. A cover that a task made stays with the task; any other is gone once it is replaced."""
    old, media.poster_key = media.poster_key, key
    media.save(update_fields=["poster_key", "updated_at"])
    if old and not media.jobs.filter(cover_key=old).exists():
        transaction.on_commit(partial(storage().delete, old), robust=True)
