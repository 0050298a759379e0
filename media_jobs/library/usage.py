"""What was made, day by day: for statistics and for whoever shares the bill (docs/protocol 2.7)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, DateField, F, Func, OuterRef, QuerySet, Sum

from applications.many import Counted
from applications.models import Application
from media_jobs.clock import on_days
from media_jobs.holdings import held
from media_jobs.models import AnimatedImage, Media, ProcedureTask


class _Day(Func):
    """The day in UTC, by the database's own function: Django's would call Python for each row of SQLite's."""

    function = "date"
    output_field = DateField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s AT TIME ZONE 'UTC')::date", **more)


def _beginning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


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
    days = made.annotate(day=_Day("created_at")).values("day").annotate(n=Count("pk"), s=Sum("duration"))
    for row in days.order_by("day"):
        yield DailyUsage(day=_beginning(row["day"]), images=row["n"], seconds=row["s"])


GROUPS: dict[str, Any] = {
    "day": _Day("created_at"),
    "format": F("container"),
    "template": F("definition"),
    "application": F("application__app_id"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What was made in one group: `key` is a day, a format, a template's definition, or an AppId.

    `seconds` are those of video that the images show, `bytes` those of the images. Images that were
    deleted count no more.
    """

    key: Any
    images: int
    seconds: float
    bytes: int


def made_by(
    applications: Collection[Application], *, by: str, since: date | None = None, until: date | None = None
) -> list[Made]:
    """By one of GROUPS, in their order; UTC's days, both counted whole. One query, whatever there is."""
    made = AnimatedImage.objects.filter(on_days("created_at", since, until), application__in=applications)
    groups = made.annotate(key=GROUPS[by]).order_by().values("key")
    rows = groups.annotate(n=Count("pk"), s=Sum("duration"), b=Sum("size")).order_by("key")
    return [Made(row["key"], row["n"], row["s"], row["b"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that an application's media and animated images take."""

    media: int
    images: int

    @property
    def all(self) -> int:
        return self.media + self.images

    @classmethod
    def of(cls, application: Application) -> "Stored":
        return cls(held(application, Media).bytes, held(application, AnimatedImage).bytes)


def with_images_counted(templates: QuerySet[Any], application: Application) -> QuerySet[Any]:
    """`images`: those of the application that were made with each template and are still there, MANY at most."""
    made = AnimatedImage.objects.filter(application=application, definition=OuterRef("definition"))
    counted: QuerySet[Any] = templates.annotate(images=Counted(made))
    return counted


def with_tasks_counted(flows: QuerySet[Any], application: Application) -> QuerySet[Any]:
    """`runs`: the tasks of each task flow that are remembered, MANY at most."""
    run = ProcedureTask.objects.filter(application=application, procedure=OuterRef("name"))
    counted: QuerySet[Any] = flows.annotate(runs=Counted(run))
    return counted
