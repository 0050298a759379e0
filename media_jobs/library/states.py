"""What a media list says of each media: is something being made of it, is something wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When

from media_jobs.models import Job, Media
from media_jobs.states import ENDED, JobState

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    MediaRows = QuerySet[WithAnnotations[Media, "MediaFacts"]]


_UNFINISHED = tuple(state for state in JobState if state not in ENDED)


class MediaFacts(TypedDict):
    """What `with_state` adds to each media. `state` is a MediaState."""

    state: str


class MediaState(TextChoices):
    PROCESSING = "processing", "Processing"
    PROBLEM = "problem", "Problem"
    FORBIDDEN = "forbidden", "Forbidden"
    NORMAL = "normal", "Normal"


def in_state(media: QuerySet[Media], state: str) -> QuerySet[Media]:
    """Those to which `with_state` gives that MediaState, in words that leave the few jobs under way to their index."""
    if state == MediaState.FORBIDDEN:
        return media.filter(status=Media.Status.FORBIDDEN)
    working = Q(pk__in=Job.objects.filter(state__in=_UNFINISHED).values("media"))
    allowed = media.filter(status=Media.Status.NORMAL)
    if state == MediaState.PROCESSING:
        return allowed.filter(working)
    return allowed.filter(~working, Q(problem="") if state == MediaState.NORMAL else ~Q(problem=""))


def with_state(media: QuerySet[Media]) -> MediaRows:
    unfinished = Exists(Job.objects.filter(media=OuterRef("pk"), state__in=_UNFINISHED))
    return media.annotate(
        state=Case(
            When(status=Media.Status.FORBIDDEN, then=Value(MediaState.FORBIDDEN)),
            When(unfinished, then=Value(MediaState.PROCESSING)),
            When(problem="", then=Value(MediaState.NORMAL)),
            default=Value(MediaState.PROBLEM),
        )
    )
