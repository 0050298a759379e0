"""Reads about media, their classes and pictures; every one starts from the application it belongs to.

And numbers at a glance: of an application, of the queue that all share, of the disk.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone

from applications.errors import NotFound
from applications.models import Application
from applications.often_asked import OftenAsked
from media_jobs.holdings import held
from media_jobs.jobs.selectors import ANY_TROUBLE, UNDER_WAY, tasks_for, tasks_found
from media_jobs.models import AnimatedImage, Job, Media, MediaClass, MediaTag
from media_jobs.states import JobState
from media_jobs.store.scratch import scratch


@dataclass(frozen=True, slots=True)
class Figures:
    """`running` counts tasks that wait or run, `failed` those of the last 24 hours that failed wholly or in part."""

    media: int
    images: int
    running: int
    failed: int

    @classmethod
    def of(cls, application: Application) -> Figures:
        tasks, expired = tasks_for(application), Media.objects.expired().filter(application=application)
        return cls(
            media=held(application, Media).number - expired.count(),
            images=held(application, AnimatedImage).number - AnimatedImage.objects.filter(media__in=expired).count(),
            running=tasks.filter(status__in=UNDER_WAY).count(),
            failed=tasks_found(application, outcome=ANY_TROUBLE, recent=True).count(),
        )


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """`waiting` and `running` count the jobs of one application, or of all.

    `age` is how long the oldest job that could start has waited, 0 when there is none.
    """

    waiting: int
    running: int
    age: timedelta

    @classmethod
    def now(cls, application: Application | None = None) -> QueueFigures:
        jobs = Job.objects.all()
        if application is not None:  # in words that leave the choice to the index by state (docs/reliability.md 1.5)
            jobs = jobs.alias(owner=F("application_id") + 0).filter(owner=application.pk)
        waiting = jobs.filter(state=JobState.WAITING)
        oldest = waiting.filter(Q(postponed=False) | Q(not_before__lte=Now())).aggregate(at=Min("created_at"))["at"]
        return cls(
            waiting=waiting.count(),
            running=jobs.filter(state=JobState.PROCESSING).count(),
            age=timezone.now() - oldest if oldest else timedelta(0),
        )


@dataclass(frozen=True, slots=True)
class DiskFigures:
    """Bytes of the disk that uploads and pictures are made on."""

    total: int
    free: int

    @property
    def used(self) -> int:
        return self.total - self.free

    @classmethod
    def now(cls) -> DiskFigures:
        usage = shutil.disk_usage(scratch())
        return cls(total=usage.total, free=usage.free)


def media_for(application: Application | Value) -> QuerySet[Media]:
    return Media.objects.present().filter(application=application).select_related("media_class")


_one_media = OftenAsked(
    lambda application, file_id: media_for(application).filter(file_id=file_id), "application", "file_id"
)


def one_media(application: Application, file_id: str) -> Media:
    """Raises NotFound."""
    media = _one_media.first(application=application.pk, file_id=file_id)
    if media is None:
        raise NotFound(f"There is no media {file_id}.", field="file_id")
    media.application = application  # who asks for its work needn't look for it
    return media


def covers_of(media: Media) -> QuerySet[Job]:
    """The jobs whose covers are there to choose from, newest first; the media's page shows the first twelve."""
    return media.jobs.filter(kind=Job.Kind.COVER).exclude(cover_key="").order_by("-finished_at")[:12]


def tagged(names: Collection[str]) -> Q:
    """Of media: those that have any of these labels; found by the labels."""
    return Q(pk__in=MediaTag.objects.filter(name__in=names).values("media"))


def tag_contains(text: str) -> Q:
    """Of media: those with a label that the text is part of; asked of each media, since a part is in no order."""
    return Q(Exists(MediaTag.objects.filter(media=OuterRef("pk"), name__icontains=text)))


def media_to_tell_of(media: QuerySet[Media]) -> QuerySet[Media]:
    """With all that MediaInfo holds, in as many queries for a hundred as for one."""
    above = media.select_related("media_class__parent__parent__parent")
    return above.prefetch_related("tags", "animated_images", "snapshot_sets")


def media_ever(application: Application, file_id: str) -> Media:
    """Also one that was deleted. Raises NotFound."""
    media = Media.objects.filter(application=application, file_id=file_id).first()
    if media is None:
        raise NotFound(f"There is no media {file_id}.", field="file_id")
    return media


def classes_for(application: Application) -> QuerySet[MediaClass]:
    return MediaClass.objects.filter(application=application)


def class_for(application: Application, class_id: int) -> MediaClass | None:
    """None for 0, which stands for "no class". Raises NotFound."""
    if not class_id:
        return None
    media_class = MediaClass.objects.filter(application=application, pk=class_id).first()
    if media_class is None:
        raise NotFound(f"There is no class {class_id}.", field="class_id")
    return media_class


def images_for(application: Application) -> QuerySet[AnimatedImage]:
    """Finished animated images of media that are still there, newest first.

    They go with their media: only those have to be left out that expired within the last minute.
    """
    images = AnimatedImage.objects.filter(application=application).exclude(media__in=Media.objects.expired())
    return images.select_related("media", "job__task")


def one_image(application: Application, pk: int) -> AnimatedImage:
    """Raises NotFound."""
    image = images_for(application).filter(pk=pk).prefetch_related("siblings").first()
    if image is None:
        raise NotFound(f"There is no animated image {pk}.")
    return image
