"""Changing and deleting media."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from applications.errors import InvalidValue
from applications.transactions import atomic, locked_row
from media_jobs import holdings
from media_jobs.events import outbox
from media_jobs.jobs import leases
from media_jobs.jobs.previews import files_of
from media_jobs.library.covers import picture_type, put_cover, stored_cover
from media_jobs.library.expiry import check_expiry
from media_jobs.library.snippets import check_alt
from media_jobs.models import FILES, AnimatedImage, Media, MediaClass, MediaTag, SnapshotSet
from media_jobs.store.storage import storage

MAX_NAME, MAX_DESCRIPTION, MAX_TAG, MAX_TAGS = 64, 128, 32, 16  # docs/protocol 2.7, ModifyMediaInfo

_TAGS = ("tags", "added_tags", "dropped_tags")


class TooManyTags(InvalidValue):
    pass


class MediaFields(TypedDict):
    """What can be changed; whatever is left out stays. cover is a picture file's bytes.

    tags replaces the whole set, added_tags and dropped_tags change the one that is there then.
    """

    name: NotRequired[str]
    description: NotRequired[str]
    alt: NotRequired[str]
    media_class: NotRequired[MediaClass | None]
    status: NotRequired[str]
    expires_at: NotRequired[datetime | None]
    tags: NotRequired[list[str]]
    added_tags: NotRequired[list[str]]
    dropped_tags: NotRequired[list[str]]
    cover: NotRequired[bytes]


def modify_media(*, media: Media, fields: MediaFields) -> Media:
    """The media as it is then. Raises InvalidValue, NotFound when it was deleted meanwhile, NoSpace for a cover."""
    _check({name: value for name, value in fields.items() if name != "name" or value != media.name})  # type: ignore[arg-type]
    if "cover" not in fields:
        return _modify(media, fields)
    with stored_cover(media=media, picture=fields["cover"]) as key:
        return _modify(media, fields, cover=key)


@atomic
def _modify(media: Media, fields: MediaFields, *, cover: str = "") -> Media:
    """Writes what `fields` names and nothing else: the analysis writes into the same row."""
    now = locked_row(Media.objects.present(), media.pk, gone="This media was deleted.")
    plain = [name for name in fields if name not in (*_TAGS, "cover")]
    for name in plain:
        setattr(now, name, fields[name])  # type: ignore[literal-required]
    now.save(update_fields=[*plain, "updated_at"])
    if fields.keys() & set(_TAGS):
        _tag(now, fields)
    if cover:
        put_cover(now, cover)
    return now


@atomic
def choose_cover(*, media: Media, job: uuid.UUID) -> Media:
    """A cover that was made of this media becomes its cover. Raises InvalidValue, or NotFound for a deleted media."""
    now = locked_row(Media.objects.present(), media.pk, gone="This media was deleted.")
    made = now.jobs.filter(pk=job).exclude(cover_key="").first()
    if made is None:
        raise InvalidValue("This cover is gone. Choose another one.", field="made")
    put_cover(now, made.cover_key)
    return now


def _tag(media: Media, fields: MediaFields) -> None:
    before = fields["tags"] if "tags" in fields else media.tags.values_list("name", flat=True)
    kept = [tag for tag in before if tag not in fields.get("dropped_tags", [])]
    tags = dict.fromkeys([*kept, *fields.get("added_tags", [])])
    if len(tags) > MAX_TAGS:
        raise TooManyTags(f"A media has at most {MAX_TAGS} tags.", field="tags")
    media.tags.all().delete()
    MediaTag.objects.bulk_create(MediaTag(media=media, name=tag) for tag in tags)


def delete_media(*, media: Media) -> bool:
    """The source, its images and its poster: gone for good. What is being made of it stops. Repeating does no harm.

    False when it was gone already.
    """
    return _delete(Media.objects.filter(pk=media.pk, deleted_at=None))


def expire_media(*, media: Media) -> bool:
    """Delete it if its time has come; False when somebody has put that off by now."""
    return _delete(Media.objects.expired().filter(pk=media.pk))


@atomic
def _delete(one: QuerySet[Media]) -> bool:
    media = one.select_for_update(no_key=True).first()
    if media is None:
        return False
    Media.objects.filter(pk=media.pk).update(deleted_at=Now())
    outbox.media_deleted(media)
    for task in media.tasks.order_by("pk"):
        leases.request_abort(task)
    keys = {media.storage_key, media.poster_key, *media.jobs.values_list("cover_key", flat=True)}
    holdings.let_go(media.application_id, Media, [media.size])
    for kind in reversed(FILES):
        keys |= _let_go(media.application_id, kind.objects.filter(media=media))
    keys |= set(media.studio_files.values_list("storage_key", flat=True))
    media.studio_files.all().delete()
    keys |= {key for preview in media.previews.all() for key in files_of(preview)}
    media.previews.all().delete()
    transaction.on_commit(lambda: _delete_files(keys), robust=True)
    return True


@atomic
def delete_output(*, output: AnimatedImage | SnapshotSet) -> None:
    """One animated image with its siblings, or a set of snapshots; the media and the task's history stay."""
    keys = set()
    if isinstance(output, AnimatedImage):
        keys |= _let_go(output.application_id, output.siblings.all())
    keys |= _let_go(output.application_id, type(output)._default_manager.filter(pk=output.pk))
    transaction.on_commit(lambda: _delete_files(keys), robust=True)


def _let_go(application_id: int, made: QuerySet[Any]) -> set[str]:
    """The keys of what these rows told of."""
    gone = dict(made.select_for_update(no_key=True).values_list("storage_key", "size"))
    holdings.let_go(application_id, made.model, gone.values())
    made.delete()
    return set(gone)


def _delete_files(keys: Iterable[str]) -> None:
    for key in filter(None, keys):
        storage().delete(key)


def _check(fields: MediaFields) -> None:
    if not 1 <= len(fields.get("name", "x").strip()) <= MAX_NAME:
        raise InvalidValue(f"A name has 1 to {MAX_NAME} characters.", field="name")
    if len(fields.get("description", "")) > MAX_DESCRIPTION:
        raise InvalidValue(f"A description has at most {MAX_DESCRIPTION} characters.", field="description")
    check_alt(fields.get("alt", ""))
    if fields.get("status", Media.Status.NORMAL) not in Media.Status.values:
        raise InvalidValue("The status is Normal or Forbidden.", field="status")
    check_expiry(fields.get("expires_at"))
    if "cover" in fields:
        picture_type(fields["cover"])
    given = [*fields.get("tags", []), *fields.get("added_tags", [])]
    if len(given) > MAX_TAGS:
        raise TooManyTags(f"A media has at most {MAX_TAGS} tags.", field="tags")
    if any(not 1 <= len(tag) <= MAX_TAG for tag in given):
        raise InvalidValue(f"A tag has 1 to {MAX_TAG} characters.", field="tags")
