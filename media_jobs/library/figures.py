"""An application's numbers at a glance, and the state of the queue that all applications share."""

import shutil
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application
from media_jobs.jobs.selectors import TROUBLED, UNDER_WAY, tasks_for, with_outcome
from media_jobs.library.selectors import images_for, media_for
from media_jobs.models import Job
from media_jobs.states import JobState
from media_jobs.store.scratch import scratch

RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Figures:
    """`running` counts tasks that wait or run, `failed` those of the last 24 hours that failed wholly or in part."""

    media: int
    images: int
    running: int
    failed: int

    @classmethod
    def of(cls, application: Application) -> "Figures":
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
    def now(cls) -> "QueueFigures":
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
    def now(cls) -> "DiskFigures":
        usage = shutil.disk_usage(scratch())
        return cls(total=usage.total, free=usage.free)
