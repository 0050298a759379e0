"""What a batch would do, told before it is asked for: how many, what is passed over, how large and how long."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import Mod, RowNumber

from animator.core.timeline import Segment, as_fraction
from applications.errors import Refused
from applications.models import Application
from media_jobs.batches.pace import Pace, Span, crowds
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import counted
from media_jobs.batches.skips import Skip, made_of, skipped
from media_jobs.jobs.answers import estimated
from media_jobs.jobs.selectors import slots_for
from media_jobs.models import AnimatedImage, Job, Media
from media_jobs.states import JobState
from procedures.plan import Plan, PlanStep

LOOKED_AT = 1000  # media; of more every so-manieth stands for the others
_TRIED, _TRYING = 16, 3.0  # media of which a size is estimated where nothing was measured; seconds for all steps
_MEASURED, _BESIDE = 50, 500  # of the last pictures, by the same step, and of those made at the same time
_UNTRIED = 0.05  # seconds of a picture that no estimate sees: its file is fetched, the picture stored and told of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Bytes for each pixel of each frame, and of what is made beside the picture; seconds on an idle machine for each,
    and for `each` picture; `pictures` that all was measured by: 0 by estimates.
    """

    bytes: float
    beside: float
    seconds: float
    each: float
    pictures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """The picture that will be the largest."""

    file_id: str
    name: str
    definition: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Fields:
    media: how many are asked for
    looked_at: of how many the other numbers were counted; they are scaled up where that are fewer
    skipped: how many are passed over, by Skip
    pictures: that would be asked for, covers too
    bytes: of them, and of what is made beside them; None when nothing is known
    seconds: of work in slots, as many at once as there will be; None likewise
    elapsed: until all are there, on those slots, from the moment when nothing else waits
    slots: of the workers that live and make pictures
    measured: pictures by the same steps that bytes and seconds were learned from; 0: estimated on a few of the media
    """

    media: int
    looked_at: int
    skipped: dict[str, int]
    pictures: int
    bytes: int | None
    seconds: float | None
    elapsed: float | None
    slots: int
    measured: int
    largest: Largest | None


def forecast(application: Application, selection: Selection, plan: Plan, *, again: bool = False) -> Forecast:
    """Nothing is written. Raises InvalidValue for too many media."""
    total, found = counted(application, selection)
    media = _sample(selection, application, found)
    reasons = skipped(media, plan, again=again)
    taken = [one for one in media if one.pk not in reasons]
    scale = found / len(media) if media else 0.0
    told = Counter(str(reason) for reason in reasons.values())
    passed_over = {reason: round(number * scale) for reason, number in told.items()}
    if total > found:
        passed_over[Skip.GONE] = total - found
    pace = Pace.of(slots=slots_for(Job.Kind.ANIMATE), running=_running())
    rates = _rates(application, plan, taken, pace)
    ready = made_of(taken, plan) if again and settings.ZOETROPE_REUSE_PICTURES else set()
    sizes = [
        _size(step, rates[number], one, is_there=one.pk in ready)
        for one in taken
        for number, step in enumerate(plan.steps)
    ]
    known = [(size, seconds, one) for size, seconds, one in sizes if size]
    more = scale * len(sizes) / len(known) if known else 0.0
    made = round(sum(seconds > 0 for _, seconds, _ in known) * more)
    seconds = pace.work(sum(seconds for _, seconds, _ in known) * more, pictures=made) if known else None
    return Forecast(
        media=total,
        looked_at=len(media),
        skipped=passed_over,
        pictures=round(len(taken) * scale) * len(plan.parts),
        bytes=round(sum(size for size, _, _ in known) * more) if known else None,
        seconds=seconds,
        elapsed=None if seconds is None else pace.elapsed(seconds, pictures=made),
        slots=pace.slots,
        measured=sum(rate.pictures for rate in rates if rate),
        largest=max((largest for _, _, largest in known), key=lambda one: one.bytes, default=None),
    )


def _sample(selection: Selection, application: Application, found: int) -> list[Media]:
    """All, or one of so many in their order: the same ones each time, whatever is between their keys."""
    media = selection.media(application).order_by("pk")
    if found > LOOKED_AT:
        place = Window(RowNumber(), order_by="pk")
        media = media.alias(place=place, turn=Mod(F("place"), math.ceil(found / LOOKED_AT))).filter(turn=0)
    return list(media[: 2 * LOOKED_AT])


def _rates(application: Application, plan: Plan, media: Sequence[Media], pace: Pace) -> list[Rate | None]:
    """Of each step: by what was made, else by estimates on a few of these media, each step in its share of the time."""
    began, share = time.monotonic(), _TRYING / max(1, len(plan.steps))
    return [
        _measured(application, step, pace) or _estimated(step, media, pace, until=began + share * number)
        for number, step in enumerate(plan.steps, 1)
    ]


def _measured(application: Application, step: PlanStep, pace: Pace) -> Rate | None:
    made = AnimatedImage.objects.filter(application=application, definition=step.definition, made_before=False)
    made = made.select_related("job", "media").prefetch_related("siblings")
    steps = {one: PlanStep.from_dict(one.job.plan) for one in made[:_MEASURED] if one.media.metadata}
    alike = {one: its for one, its in steps.items() if its.order.spec == step.order.spec}
    timed = {one: (one.job.began_at, one.job.finished_at) for one in alike if one.job.began_at and one.job.finished_at}
    took = [
        (
            _volume(alike[one], one.media.metadata or {}),
            one.size,
            sum(beside.size for beside in one.siblings.all()),
            (end - begin).total_seconds() / pace.slowed(crowd),
        )
        for (one, (begin, end)), crowd in zip(timed.items(), _crowds(application, list(timed.values())), strict=True)
    ]
    return _rate(took, each=0.0, pictures=len(took))


def _crowds(application: Application, spans: Sequence[Span]) -> list[float]:
    if not spans:
        return []
    images = AnimatedImage.objects.filter(application=application, created_at__gte=min(begin for begin, _ in spans))
    begun = images.filter(job__began_at__lte=max(end for _, end in spans), job__finished_at__isnull=False)
    others = begun.order_by("created_at").values_list("job__began_at", "job__finished_at")[:_BESIDE]
    return crowds(spans, [(began, finished) for began, finished in others if began and finished])


def _running() -> int:
    return Job.objects.filter(state=JobState.PROCESSING, kind=Job.Kind.ANIMATE).count()


def _estimated(step: PlanStep, media: Sequence[Media], pace: Pace, *, until: float) -> Rate | None:
    took: list[tuple[int, int, int, float]] = []
    for one in _spread(media)[: 2 * _TRIED]:
        if len(took) == _TRIED or time.monotonic() > until:
            break
        crowd = 1 + _running()
        try:
            found = estimated(one, step.order)
        except Refused:
            continue
        volume = found.width * found.height * found.ticks
        took.append((volume, found.bytes, sum(found.beside.values()), found.seconds / pace.slowed(crowd)))
    return _rate(took, each=_UNTRIED, pictures=0)


def _spread(media: Sequence[Media]) -> list[Media]:
    """The same media, so that however few are looked at they come from all over: those of one upload are alike."""
    bits = max(1, len(media) - 1).bit_length()
    places = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(2**bits))
    return [media[place] for place in places if place < len(media)]


def _rate(took: Iterable[tuple[int, int, int, float]], *, each: float, pictures: int) -> Rate | None:
    volume, size, beside, seconds = (sum(column) for column in zip(*took, strict=True)) if took else (0, 0, 0, 0.0)
    if not volume:
        return None
    return Rate(bytes=size / volume, beside=beside / volume, seconds=seconds / volume, each=each, pictures=pictures)


def _size(step: PlanStep, rate: Rate | None, media: Media, *, is_there: bool) -> tuple[int, float, Largest]:
    """Bytes of all its files, and seconds on an idle machine; 0 where nothing is known of the media or of the step.
    What is there already is taken over, which takes hardly any.
    """
    volume = _volume(step, media.metadata) if media.metadata and rate else 0
    size = round(volume * rate.bytes) if rate else 0
    most = step.order.spec.max_bytes
    size = min(size, most) if most else size
    beside, seconds = (round(volume * rate.beside), rate.each + volume * rate.seconds) if rate else (0, 0.0)
    largest = Largest(file_id=media.file_id, name=media.name, definition=step.definition, bytes=size)
    return size + beside, 0.0 if is_there else seconds, largest


def _volume(step: PlanStep, metadata: dict[str, Any]) -> int:
    """Pixels of all frames, those that show nothing new and so are left out of the file, too."""
    stream = metadata["video_streams"][0]
    width, height = step.order.spec.output_size(stream["width"], stream["height"])
    playback, fps = step.order.spec.playback, as_fraction(step.order.spec.fps)
    piece = step.order.segment(as_fraction(metadata["video_duration"]))
    if (longest := as_fraction(step.order.choice.auto)) and piece.duration > longest:
        piece = Segment(start=piece.start, end=piece.start + longest)
    return width * height * piece.ticks(playback.rate(fps))
