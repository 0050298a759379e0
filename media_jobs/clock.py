"""Times by the database's clock: the only one that all processes share (invariant I9), and whether somebody set it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.models import CharField, DateTimeField, ExpressionWrapper, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

log = logging.getLogger(__name__)

_EPOCH, _EPOCH_JULIAN = datetime(1970, 1, 1, tzinfo=UTC), 2440587.5  # a moment, and how SQLite counts its days
_TOLERATED = timedelta(seconds=10)  # a slow answer, a clock that is slewed


def after(delay: timedelta) -> ExpressionWrapper[CombinedExpression]:
    return ExpressionWrapper(Now() + Value(delay), output_field=DateTimeField())


def as_written(moment: datetime) -> datetime | Value:
    """A moment that the database's own clock wrote, to compare with others of that column.

    To SQLite moments are text: its clock writes 07.123, Django would ask for 07.123000, which is another and later.
    """
    if connection.vendor != "sqlite":
        return moment
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")
    return Value(text, output_field=CharField())


def on_days(column: str, since: date | None, until: date | None) -> Q:
    """From the beginning of the day `since` to the end of `until`, UTC's; None for an open end."""
    found = Q()
    if since:
        found &= Q(**{f"{column}__gte": datetime(since.year, since.month, since.day, tzinfo=UTC)})
    if until:
        end = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
        found &= Q(**{f"{column}__lt": end})
    return found


class Watch:
    """Notices, from look to look, that the database's clock was set: it went another way than this machine's time.

    A machine that slept looks the same. What was set before the first look isn't seen.
    """

    def __init__(self, *, now: Callable[[], datetime], elapsed: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._seen: tuple[datetime, float] | None = None
        self._set_at = float("-inf")
        self.times_set = 0

    def look(self) -> None:
        with self._lock:
            now, elapsed = self._now(), self._elapsed()
            before, self._seen = self._seen, (now, elapsed)
            if before is None:
                return
            step = now - before[0] - timedelta(seconds=elapsed - before[1])
            if abs(step) <= _TOLERATED:
                return
            log.warning("the clock was set by %+.0f s; nothing is ended on its word for a while", step.total_seconds())
            self._set_at = elapsed
            self.times_set += 1

    def steady_for(self, span: timedelta) -> bool:
        """No look has seen it set within the last `span`."""
        return self._elapsed() - self._set_at >= span.total_seconds()


def database_now() -> datetime:
    with connection.cursor() as cursor:
        statement = "SELECT STATEMENT_TIMESTAMP()" if connection.vendor == "postgresql" else "SELECT JULIANDAY('NOW')"
        cursor.execute(statement)
        (found,) = cursor.fetchone()
    return found if isinstance(found, datetime) else _EPOCH + timedelta(days=found - _EPOCH_JULIAN)


watch = Watch(now=database_now)
