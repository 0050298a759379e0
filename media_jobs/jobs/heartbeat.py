"""A running job's sign of life: renews its lease, hears of cancelling, and obeys a stopping worker."""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection

from animator.core.errors import EngineError
from media_jobs.jobs import leases
from media_jobs.jobs.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

_OFTEN = 1.0  # seconds


class WorkerStopping(Exception):
    """The worker is told to stop and its grace is over: the job goes back to the queue."""


class TimeLimitReached(EngineError):
    """The operator allows a job only so many seconds (Celery's time limit)."""

    code = "InvalidInput.ConfigurationUnsupported"


class Heartbeat:
    """Called with the progress, 0 to 1, while the job runs: once a second (animator/confine/sandbox.py).

    Raises LeaseLost, AbortRequested, WorkerStopping, or TimeLimitReached after `limit` seconds. While the database is
    away the work goes on, as long as the lease would still be held by this worker's own clock.
    """

    def __init__(self, lease: Lease, *, stopping: threading.Event, limit: float | None = None) -> None:
        self._lease = lease
        self._stopping = stopping
        self._renewed = time.monotonic()  # the claim has just given it a whole lease
        self._stop_at = float("inf")
        self._limit = float("inf") if limit is None else limit
        self._began = self._renewed
        self._progress = 0.0

    def __call__(self, progress: float) -> None:
        now, self._progress = time.monotonic(), progress
        if self._stopping.is_set():
            self._stop_at = min(self._stop_at, now + settings.ZOETROPE_STOP_GRACE_SECONDS)
        if now >= self._stop_at:
            raise WorkerStopping
        if now - self._began >= self._limit:
            raise TimeLimitReached(f"This took longer than {self._limit:g} seconds, the most that is allowed here.")
        self._renew(progress)

    def alive(self) -> None:
        """As a call, for what has no progress of its own; as often as one likes."""
        if time.monotonic() - self._renewed >= _OFTEN:
            self(self._progress)

    def check(self) -> None:
        """Raises LeaseLost once the lease must be over by this worker's own clock."""
        if time.monotonic() - self._renewed >= settings.ZOETROPE_LEASE.total_seconds():
            raise LeaseLost(str(self._lease.job_id))

    def _renew(self, progress: float) -> None:
        asked = time.monotonic()
        try:
            leases.renew(self._lease, progress=min(99, int(progress * 100)))
            self._renewed = asked
        except DatabaseError as error:
            log.warning("job %s: can't renew, the database is away: %s", self._lease.job_id, error)
            connection.close()
            self.check()
