"""Reads about events and their ways out; every one starts from the application it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.events.services import open_events
from media_jobs.models import Delivery, Event, EventConfig


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many events wait, and for what.

    Fields:
        open: not with a receiver yet
        to_pull: of these, what PullEvents would hand out now; 0 in PUSH mode
        out: handed out, neither confirmed nor expired
        given_up: all retries failed
        oldest: when the oldest open one arose; None when none is open
    """

    open: int
    to_pull: int
    out: int
    given_up: int
    oldest: datetime | None


def event_config_of(application: Application) -> EventConfig:
    """As it is, or as it would be: reading makes no row."""
    return EventConfig.objects.filter(application=application).first() or EventConfig(application=application)


def queue_state(application: Application) -> QueueState:
    """Each number is that of a stretch of an index: there may be a hundred thousand."""
    waiting = open_events(application)
    later = waiting.filter(next_at__gt=Now())
    due, given_up = waiting.filter(next_at__lte=Now()).count(), waiting.filter(next_at=None).count()
    return QueueState(
        open=due + given_up + later.count(),
        to_pull=due if _pulls(application) else 0,
        out=later.exclude(token=None).count(),
        given_up=given_up,
        oldest=waiting.order_by("created_at").values_list("created_at", flat=True).first(),
    )


def number_to_pull(application: Application) -> int:
    """What PullEvents would hand out now."""
    return open_events(application).filter(next_at__lte=Now()).count() if _pulls(application) else 0


def _pulls(application: Application) -> bool:
    return event_config_of(application).mode == EventConfig.Mode.PULL


def events_for(application: Application, *, type: str = "", state: str = "", text: str = "") -> QuerySet[Event]:
    """The application's events, newest first; "" leaves a filter out.

    `state` is "open", "arrived" or "failed" (tried, not arrived); `text` is the beginning of a FileId or TaskId.
    """
    events = Event.objects.filter(application=application)
    if type:
        events = events.filter(type=type)
    if state:
        events = events.filter(_STATES[state])
    return events.filter(subject__startswith=text.strip()) if text.strip() else events


def one_event(application: Application, uid: str | UUID) -> Event:
    """Raises NotFound, also for what is no id at all."""
    try:
        event = events_for(application).filter(uid=UUID(str(uid))).first()
    except ValueError:
        event = None
    if event is None:
        raise NotFound("There is no such event; events are kept for four days.", field="event")
    return event


def handles_out(application: Application) -> QuerySet[Event]:
    """What was handed out and is neither confirmed nor expired, the next to expire first."""
    return open_events(application).filter(next_at__gt=Now()).exclude(token=None).order_by("next_at")


def deliveries_for(application: Application) -> QuerySet[Delivery]:
    return Delivery.objects.filter(application=application).select_related("event")


_STATES = {
    "open": Q(settled_at=None),
    "arrived": Q(settled_at__isnull=False),
    "failed": Q(settled_at=None, attempts__gt=0),
}
