"""What became of a task, step by step (docs/console.md 8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from media_jobs.models import Event, EventConfig, Job, ProcedureTask
from media_jobs.states import JobState


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is None for what has not happened yet; `seconds` is the time since the step before, None for the first."""

    words: str
    at: datetime | None
    seconds: float | None = None
    address: str = ""


def timeline(task: ProcedureTask, jobs: Sequence[Job]) -> list[Step]:
    """Received, asked for, begun, made, told: in the order in which it happened."""
    steps: list[Step] = []
    for step in _steps(task, jobs):
        before = next((past.at for past in reversed(steps) if past.at), None)
        took = (step.at - before).total_seconds() if before and step.at else None
        steps.append(Step(step.words, step.at, max(0.0, took) if took is not None else None, step.address))
    return steps


def _steps(task: ProcedureTask, jobs: Sequence[Job]) -> Iterator[Step]:
    yield Step(_("File received"), task.media.created_at)
    yield Step(_("Task created"), task.created_at)
    yield Step(_("Work began"), task.began_at)
    made = [job.finished_at for job in jobs if job.state == JobState.SUCCESS and job.finished_at]
    if made or not task.finished_at:
        yield Step(_("Last image published") if len(made) > 1 else _("Image published"), max(made, default=None))
    yield Step(_("Ended"), task.finished_at)
    told = Event.objects.filter(application=task.application_id, subject=task.task_id)
    for event in told.order_by("created_at", "pk")[:5]:  # by pk alone SQLite walks through all the application's
        yield Step(_told(event), event.settled_at, address=reverse("console:callback-event", args=[event.uid]))


def _told(event: Event) -> str:
    if event.settled_at:
        return _("Callback delivered")
    config = EventConfig.objects.filter(application=event.application_id).first()
    if config is None or (config.mode == EventConfig.Mode.PUSH and not config.notification_url):
        return _("No callback URL is set")
    return _undelivered(event.attempts)


def _undelivered(tries: int) -> str:
    said = ngettext("Callback not delivered yet ({tries} try)", "Callback not delivered yet ({tries} tries)", tries)
    return said.format(tries=tries)
