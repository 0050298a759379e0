"""Reads about media, their classes and pictures; every one starts from the application it belongs to.

And numbers at a glance: of an application, of the queue that all share, of the disk.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from applications.errors import NotFound
from applications.models import Application
from media_jobs.jobs.selectors import TROUBLED, UNDER_WAY, tasks_for, with_outcome
from media_jobs.library.states import with_state
from media_jobs.models import AnimatedImage, Job, Media, MediaClass, MediaTag
from media_jobs.states import JobState
from media_jobs.store.scratch import scratch

if TYPE_CHECKING:
    from media_jobs.library.states import MediaRows


RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Figures:
    """`running` counts tasks that wait or run, `failed` those of the last 24 hours that failed wholly or in part."""

    media: int
    images: int
    running: int
    failed: int

    @classmethod
    def of(cls, application: Application) -> Figures:
        tasks = tasks_for(application)
        recent = with_outcome(tasks.filter(created_at__gt=Now() - RECENT))
        return cls(
            media=media_for(application).count(),
            images=images_for(application).count(),
            running=tasks.filter(status__in=UNDER_WAY).count(),
            failed=recent.filter(outcome__in=TROUBLED).count(),
        )


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """`waiting` and `running` count the jobs of all applications.

    `age` is how long the oldest job that could start has waited, 0 when there is none.
    """

    waiting: int
    running: int
    age: timedelta

    @classmethod
    def now(cls) -> QueueFigures:
        waiting = Job.objects.filter(state=JobState.WAITING)
        oldest = waiting.filter(not_before__lte=Now()).aggregate(at=Min("created_at"))["at"]
        return cls(
            waiting=waiting.count(),
            running=Job.objects.filter(state=JobState.PROCESSING).count(),
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


def media_for(application: Application) -> QuerySet[Media]:
    return Media.objects.present().filter(application=application).select_related("media_class")


def one_media(application: Application, file_id: str) -> Media:
    """Raises NotFound."""
    media = media_for(application).filter(file_id=file_id).first()
    if media is None:
        raise NotFound(f"There is no media {file_id}.", field="file_id")
    return media


def media_found(application: Application, *, text: str = "", state: str = "", class_id: int | None = None) -> MediaRows:
    """The application's media that match all that is given.

    `text` is part of a name or of a tag, or the beginning of a FileId. `state` is a MediaState. A `class_id` of 0 means
    media without a class.
    """
    found = with_state(media_for(application))
    if text := text.strip():
        tagged = Exists(MediaTag.objects.filter(media=OuterRef("pk"), name__icontains=text))
        found = found.filter(Q(name__icontains=text) | Q(file_id__startswith=text) | tagged)
    if state:
        found = found.filter(state=state)
    if class_id is not None:
        found = found.filter(media_class=class_id or None)
    return found


def media_to_tell_of(media: QuerySet[Media]) -> QuerySet[Media]:
    """With all that MediaInfo holds, in as many queries for a hundred as for one."""
    above = media.select_related("media_class__parent__parent__parent")
    return above.prefetch_related("tags", "animated_images")


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
    """Finished animated images of media that are still there, newest first."""
    return AnimatedImage.objects.filter(application=application, media__deleted_at=None).select_related(
        "media", "job__task"
    )


def one_image(application: Application, pk: int) -> AnimatedImage:
    """Raises NotFound."""
    image = images_for(application).filter(pk=pk).first()
    if image is None:
        raise NotFound(f"There is no animated image {pk}.")
    return image
