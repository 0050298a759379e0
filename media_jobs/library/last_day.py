"""How the last 24 hours went in an application, and what is being made now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour

from applications.models import Application
from media_jobs.clock import after, database_now
from media_jobs.models import Job
from media_jobs.states import JobState

DAY = timedelta(days=1)
HOURS = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """What ended within the hour that begins then."""

    begins: datetime
    made: int
    failed: int


def last_hours(application: Application) -> list[Hour]:
    """The last 24 hours, the oldest first, also those in which nothing was made; this one is not over."""
    hours = _ended(application).annotate(hour=TruncHour("finished_at")).values("hour")
    counts = {
        row["hour"]: row
        for row in hours.annotate(
            made=Count("finished_at", filter=Q(state=JobState.SUCCESS)),
            failed=Count("finished_at", filter=Q(state=JobState.FAIL)),
        )
    }
    this = database_now().replace(minute=0, second=0, microsecond=0)
    found = []
    for back in range(HOURS - 1, -1, -1):
        begins = this - timedelta(hours=back)
        row = counts.get(begins, {"made": 0, "failed": 0})
        found.append(Hour(begins, row["made"], row["failed"]))
    return found


def failures_by_cause(application: Application) -> list[tuple[str, int]]:
    """The ErrCodeExt of what failed in the last 24 hours, and how often; the most frequent first, eight at most."""
    failed = _ended(application).filter(state=JobState.FAIL)
    causes = failed.values_list("err_code").annotate(number=Count("*")).order_by("-number", "err_code")
    return list(causes[:8])


def running_now(application: Application) -> list[Job]:
    """The pictures and covers that are being made, ten at most."""
    running = Job.objects.filter(application=application, state=JobState.PROCESSING, task__isnull=False)
    return list(running.select_related("media", "task").order_by("began_at")[:10])


def _ended(application: Application) -> QuerySet[Job]:
    """The jobs of tasks that ended within the day: a stretch of one index, which also says how."""
    return Job.objects.filter(application=application, task__isnull=False, finished_at__gt=after(-DAY)).order_by()
