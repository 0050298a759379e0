"""What a media list says of each media: is something being made of it, is something wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, Exists, OuterRef, QuerySet, TextChoices, Value, When

from media_jobs.models import Job, Media
from media_jobs.states import ENDED

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    MediaRows = QuerySet[WithAnnotations[Media, "MediaFacts"]]


class MediaFacts(TypedDict):
    """What `with_state` adds to each media. `state` is a MediaState."""

    state: str


class MediaState(TextChoices):
    PROCESSING = "processing", "Processing"
    PROBLEM = "problem", "Problem"
    FORBIDDEN = "forbidden", "Forbidden"
    NORMAL = "normal", "Normal"


def with_state(media: QuerySet[Media]) -> MediaRows:
    unfinished = Exists(Job.objects.filter(media=OuterRef("pk")).exclude(state__in=ENDED))
    return media.annotate(
        state=Case(
            When(status=Media.Status.FORBIDDEN, then=Value(MediaState.FORBIDDEN)),
            When(unfinished, then=Value(MediaState.PROCESSING)),
            When(problem="", then=Value(MediaState.NORMAL)),
            default=Value(MediaState.PROBLEM),
        )
    )
