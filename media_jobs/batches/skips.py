"""Why a batch passes over a media: what is known of it already says that nothing, or nothing new, would come of it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, TextChoices

from animator.core.errors import InvalidTimeOffset
from animator.core.timeline import as_fraction
from media_jobs.models import Job, Media
from media_jobs.states import JobState
from procedures.plan import Plan, PlanStep


class Skip(TextChoices):
    GONE = "gone", "Not there"
    FORBIDDEN = "forbidden", "Forbidden"
    NO_VIDEO = "no-video", "No video in it"
    TOO_SHORT = "too-short", "Shorter than a step asks for"
    MADE_BEFORE = "made-before", "Made before, or being made"


def skipped(media: Sequence[Media], plan: Plan, *, again: bool) -> dict[int, Skip]:
    """The reason against each of these media, by its primary key; one that nobody has looked at yet has none.

    `again`: what was made before is no reason.
    """
    made = set() if again else made_of(media, plan)
    reasons = {one.pk: _reason(one, plan, made=made) for one in media}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _reason(media: Media, plan: Plan, *, made: set[int]) -> Skip | None:
    if media.is_forbidden:
        return Skip.FORBIDDEN
    if not media.may_move:
        return Skip.NO_VIDEO
    if media.metadata and any(not _fits(step, media.metadata["video_duration"]) for step in plan.steps):
        return Skip.TOO_SHORT
    return Skip.MADE_BEFORE if media.pk in made else None


def _fits(step: PlanStep, duration: float) -> bool:
    try:
        step.order.segment(as_fraction(duration))
    except InvalidTimeOffset:
        return False
    return True


def made_of(media: Sequence[Media], plan: Plan) -> set[int]:
    """Primary keys of those of which every part is there, or under way, by the very same plan."""
    kept = Q(output__isnull=False) | Q(snapshots__isnull=False) | Q(kind=Job.Kind.COVER)
    there = Q(state=JobState.SUCCESS) & kept
    under_way = Q(state__in=(JobState.WAITING, JobState.PROCESSING))
    definitions = {part.definition for part in plan.parts}
    jobs = Job.objects.filter(there | under_way, media__in=media, task__isnull=False, definition__in=definitions)
    found: dict[int, list[Any]] = {}
    for pk, stored in jobs.values_list("media", "plan"):
        found.setdefault(pk, []).extend(Plan.from_dicts([stored], procedure="").parts)
    return {pk for pk, parts in found.items() if all(_same(part, parts) for part in plan.parts)}


def _same(part: Any, parts: list[Any]) -> bool:
    """A step's label may have changed since."""
    if isinstance(part, PlanStep):
        return any(isinstance(one, PlanStep) and one.order == part.order for one in parts)
    return part in parts
