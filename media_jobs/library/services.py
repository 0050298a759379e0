"""Changing and deleting media."""

from collections.abc import Iterable
from datetime import datetime
from typing import NotRequired, TypedDict

from django.db import transaction
from django.db.models.functions import Now

from applications.errors import InvalidValue
from media_jobs.events import outbox
from media_jobs.jobs import leases
from media_jobs.library.covers import picture_type, set_cover
from media_jobs.models import AnimatedImage, Media, MediaClass, MediaTag
from media_jobs.store.storage import storage

MAX_NAME, MAX_DESCRIPTION, MAX_TAG, MAX_TAGS = 64, 128, 32, 16  # docs/protocol 2.7, ModifyMediaInfo


class TooManyTags(InvalidValue):
    pass


class MediaFields(TypedDict):
    """What can be changed; whatever is left out stays. tags replaces the whole set, cover is a picture file's bytes."""

    name: NotRequired[str]
    description: NotRequired[str]
    media_class: NotRequired[MediaClass | None]
    status: NotRequired[str]
    expires_at: NotRequired[datetime | None]
    tags: NotRequired[list[str]]
    cover: NotRequired[bytes]


@transaction.atomic
def modify_media(*, media: Media, fields: MediaFields) -> Media:
    """Raises InvalidValue or, for a cover, NoSpace."""
    _check(fields)
    plain = {name: value for name, value in fields.items() if name not in ("tags", "cover")}
    for name, value in plain.items():
        setattr(media, name, value)
    media.save()
    if "tags" in fields:
        media.tags.all().delete()
        MediaTag.objects.bulk_create(MediaTag(media=media, name=tag) for tag in dict.fromkeys(fields["tags"]))
    if "cover" in fields:
        set_cover(media=media, picture=fields["cover"])
    return media


@transaction.atomic
def delete_media(*, media: Media) -> None:
    """The source, its images and its poster: gone for good. What is being made of it stops. Repeating does no harm."""
    if not Media.objects.present().filter(pk=media.pk).update(deleted_at=Now()):
        return
    outbox.media_deleted(media)
    for task in media.tasks.all():
        leases.request_abort(task)
    images = AnimatedImage.objects.filter(media=media)
    keys = {media.storage_key, media.poster_key, *images.values_list("storage_key", flat=True)}
    keys |= set(media.jobs.values_list("cover_key", flat=True))
    images.delete()
    transaction.on_commit(lambda: _delete_files(keys), robust=True)


@transaction.atomic
def delete_image(*, image: AnimatedImage) -> None:
    """One animated image; the media and the task's history stay."""
    key = image.storage_key
    image.delete()
    transaction.on_commit(lambda: _delete_files([key]), robust=True)


def _delete_files(keys: Iterable[str]) -> None:
    for key in filter(None, keys):
        storage().delete(key)


def _check(fields: MediaFields) -> None:
    if not 1 <= len(fields.get("name", "x").strip()) <= MAX_NAME:
        raise InvalidValue(f"A name has 1 to {MAX_NAME} characters.", field="name")
    if len(fields.get("description", "")) > MAX_DESCRIPTION:
        raise InvalidValue(f"A description has at most {MAX_DESCRIPTION} characters.", field="description")
    if fields.get("status", Media.Status.NORMAL) not in Media.Status.values:
        raise InvalidValue("The status is Normal or Forbidden.", field="status")
    if "cover" in fields:
        picture_type(fields["cover"])
    if len(fields.get("tags", [])) > MAX_TAGS:
        raise TooManyTags(f"A media has at most {MAX_TAGS} tags.", field="tags")
    if any(not 1 <= len(tag) <= MAX_TAG for tag in fields.get("tags", [])):
        raise InvalidValue(f"A tag has 1 to {MAX_TAG} characters.", field="tags")
