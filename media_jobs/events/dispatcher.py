"""Pushing what is due from a pool of its own: encoding doesn't hold deliveries up, nor does one endpoint another."""

import logging
import threading
from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from media_jobs.doorbell import deliveries_due
from media_jobs.events.handing_out import take
from media_jobs.events.webhook import Push, note, push
from media_jobs.faultpoint import faultpoint
from media_jobs.models import Event, EventConfig

log = logging.getLogger(__name__)

THREADS = 64
UNPROVEN_THREADS = 48  # for endpoints that have yet to succeed, or just failed: the others always find a thread
PROVEN_AT_ONCE = 4
AT_THE_DATABASE = 4  # of these threads at a time: each wants a connection of its own
IN_A_ROW = 20  # further events that a thread carries before others get their turn
LOOK_SECONDS = 1.0  # between two looks for tries that are due by now, and events that nobody called for
SPARE_SECONDS = 15.0  # a claim outlives its delivery by this, so that nobody else begins the same one


class Dispatcher:
    """The deliveries of one worker process, each in a thread of its own.

    At most 4 go to one endpoint at once, and only 1 while its last delivery failed or none has ever arrived.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: Counter[int] = Counter()
        self._desks = threading.BoundedSemaphore(AT_THE_DATABASE)

    def run(self, stopping: threading.Event) -> None:
        """Until told to stop. What is under way then is sent again under the same id, should it not get through."""
        while not stopping.is_set():
            deliveries_due.clear()
            try:
                self.dispatch()
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database is away: %s", error)
                connection.close()  # else it is kept: opening one each second would be most of what an idle worker does
            except Exception:
                log.exception("the dispatcher goes on: a fault of ours")
                connection.close()
            deliveries_due.wait(LOOK_SECONDS)

    def dispatch(self) -> int:
        """Start every delivery that is due and has room; their number."""
        started = 0
        if not anything_due():
            return 0
        for config in endpoints_with_work():
            if (room := self._room(config)) > 0:
                for event in _claim(config, limit=room):
                    self._start(event, config)
                    started += 1
        return started

    def _room(self, config: EventConfig) -> int:
        proven = config.last_success_at is not None and config.failures == 0
        at_once, ceiling = (PROVEN_AT_ONCE, THREADS) if proven else (1, UNPROVEN_THREADS)
        with self._lock:
            return min(at_once - self._busy[config.pk], ceiling - self._busy.total())

    def _start(self, event: Event, config: EventConfig) -> None:
        with self._lock:  # a thread that can't be started takes nobody's place
            threading.Thread(target=self._carry, args=(event, config), name="callback", daemon=True).start()
            self._busy[config.pk] += 1

    def _carry(self, event: Event, config: EventConfig) -> None:
        try:
            for further in reversed(range(IN_A_ROW + 1)):
                pushed = push(event, config)
                faultpoint("pushed")
                following = self._note(event, config, pushed, further=bool(further))
                if following is None:
                    break
                event, config = following
        except DatabaseError as error:
            log.warning("event %s: the outcome couldn't be noted, it is sent again later: %s", event.uid, error)
        except Exception:
            log.exception("event %s: a fault of ours", event.uid)
        finally:
            with self._lock:
                self._busy[config.pk] -= 1
            deliveries_due.set()

    def _note(
        self, event: Event, config: EventConfig, pushed: Push, *, further: bool
    ) -> tuple[Event, EventConfig] | None:
        """Note what came of it; the endpoint's next event if `further`. The connection is held no longer than that."""
        with self._desks:
            try:
                note(event, config, pushed)
                return _following(config) if further else None
            finally:
                connection.close()


def _following(config: EventConfig) -> tuple[Event, EventConfig] | None:
    """The endpoint's next event, as long as it does well: cheaper than a new thread for each."""
    as_set_now = endpoints_with_work().filter(pk=config.pk, failures=0).first()
    claimed = _claim(as_set_now, limit=1) if as_set_now else []
    return (claimed[0], as_set_now) if as_set_now and claimed else None  # others may have been quicker


def _claim(config: EventConfig, *, limit: int) -> list[Event]:
    hold = timedelta(seconds=settings.ZOETROPE_CALLBACK_SECONDS + SPARE_SECONDS)
    return take(application=config.application, limit=limit, hold=hold)


def anything_due() -> bool:
    """Asked every second by each dispatcher, so in words that are made once; of events that nobody pushes, too."""
    with connection.cursor() as cursor:
        cursor.execute(*_due_statement(connection.vendor))
        return cursor.fetchone() is not None


@cache
def _due_statement(_: str) -> tuple[str, tuple[Any, ...]]:
    due = Event.objects.filter(settled_at=None, next_at__lte=Now()).order_by().values("pk")[:1]
    return due.query.sql_with_params()


def endpoints_with_work() -> QuerySet[EventConfig]:
    """Those that push, aren't paused, and have something due; in random order, so that none is always last."""
    due = Event.objects.filter(application=OuterRef("application"), settled_at=None, next_at__lte=Now())
    awake = Q(paused_until=None) | Q(paused_until__lte=Now())
    pushing = EventConfig.objects.filter(awake, Exists(due), mode=EventConfig.Mode.PUSH, disabled_at=None)
    return pushing.exclude(notification_url="").select_related("application").order_by("?")
