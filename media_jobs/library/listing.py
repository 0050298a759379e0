"""The console's list of media: what it finds, and what a row says beside the media's own columns."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from applications.models import Application
from media_jobs.clock import on_days
from media_jobs.library.media_query import kind_of
from media_jobs.library.selectors import media_for, tag_contains
from media_jobs.library.states import in_state, with_state
from media_jobs.models import AnimatedImage, Media, MediaClass

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from media_jobs.library.states import MediaRows

    ListedMedia = QuerySet[WithAnnotations[Media, "Listed"]]

SORTS = {"created": "created_at", "modified": "updated_at", "name": "name", "size": "size"}


class Listed(TypedDict):
    """What `with_results` adds: how many animated images there are, and the newest one's file ("" for none)."""

    state: str
    results: int
    newest_key: str


def media_found(
    application: Application,
    *,
    text: str = "",
    state: str = "",
    class_id: int | None = None,
    category: str = "",
    has_images: bool | None = None,
    source: str = "",
    since: date | None = None,
    until: date | None = None,
) -> MediaRows:
    """The application's media that match all that is given.

    `text` is part of a name or of a tag, or the beginning of a FileId. `state` is a MediaState, `category` Video or
    Audio, `source` the door of its upload (media_jobs/models/uploads.py). A `class_id` of 0 means media without a
    class. The days are UTC's, and both count whole.
    """
    media = in_state(media_for(application), state) if state else media_for(application)
    found = with_state(media).filter(on_days("created_at", since, until))
    if text := text.strip():
        found = found.filter(Q(name__icontains=text) | Q(file_id__startswith=text) | tag_contains(text))
    if class_id is not None:
        found = found.filter(media_class=class_id or None)
    if category:
        found = found.filter(kind_of(category))
    if has_images is not None:
        made = Exists(_images())
        found = found.filter(made if has_images else ~made)
    if source:
        found = found.filter(upload__door=source)
    return found


def with_results(media: MediaRows) -> ListedMedia:
    """In two look-ups a row, so that a page costs as much as its rows, however many media there are."""
    number = _images().order_by().values("media").annotate(number=Count("pk")).values_list(F("number"))
    return media.annotate(
        results=Coalesce(Subquery(number), 0),
        newest_key=Coalesce(Subquery(_images().values("storage_key")[:1]), Value("")),
    )


def with_media_counted(classes: QuerySet[MediaClass]) -> QuerySet[MediaClass]:
    """`number`: the media that are directly in each."""
    here = Media.objects.present().filter(media_class=OuterRef("pk")).order_by().values("media_class")
    return classes.annotate(number=Coalesce(Subquery(here.annotate(n=Count("pk")).values_list(F("n"))), 0))


def _images() -> QuerySet[AnimatedImage]:
    """In words that the index of a media's images answers."""
    return AnimatedImage.objects.filter(application=OuterRef("application"), media=OuterRef("pk"))
