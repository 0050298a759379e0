"""What was made, day by day: for statistics and for whoever shares the bill (docs/protocol 2.7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.db.models.functions import TruncDay

from applications.models import Application
from media_jobs.models import AnimatedImage


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """What was made on one day, which `day` gives by its beginning in UTC.

    `seconds` are those of video that the day's images show.
    """

    day: datetime
    images: int
    seconds: float


def daily_usage(
    application: Application, *, since: datetime, until: datetime, container: str = ""
) -> Iterator[DailyUsage]:
    """Days between the two, both inclusive, on which images were made; `container` gif or webp, "" for both."""
    made = AnimatedImage.objects.filter(application=application, created_at__gte=since, created_at__lte=until)
    if container:
        made = made.filter(container=container)
    days = made.annotate(day=TruncDay("created_at")).values("day").annotate(n=Count("pk"), s=Sum("duration"))
    for row in days.order_by("day"):
        yield DailyUsage(day=row["day"], images=row["n"], seconds=row["s"])
