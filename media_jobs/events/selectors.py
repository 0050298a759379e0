"""Reads about events and their ways out; every one starts from the application it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
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
    pulls = event_config_of(application).mode == EventConfig.Mode.PULL
    due = Q(next_at__lte=Now())
    counts = open_events(application).aggregate(
        open=Count("pk"),
        to_pull=Count("pk", filter=due),
        out=Count("pk", filter=Q(next_at__gt=Now()) & ~Q(token=None)),
        given_up=Count("pk", filter=Q(next_at=None)),
        oldest=Min("created_at"),
    )
    return QueueState(**{**counts, "to_pull": counts["to_pull"] if pulls else 0})


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
    return Delivery.objects.filter(event__application=application).select_related("event")


_STATES = {
    "open": Q(settled_at=None),
    "arrived": Q(settled_at__isnull=False),
    "failed": Q(settled_at=None, attempts__gt=0),
}
