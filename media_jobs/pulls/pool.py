"""Fetching what is to be pulled, from a pool of its own: a slow source takes no encoding slot."""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connection

from media_jobs.doorbell import pulls_due
from media_jobs.pulls.download import fetch
from media_jobs.pulls.leases import PullLease, claim_pull

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks for pulls that other processes wrote


class DownloadPool:
    """The downloads of one worker process: at most ZOETROPE_PULL_SLOTS at once, each in a thread."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(settings.ZOETROPE_PULL_SLOTS)

    def run(self, stopping: threading.Event) -> None:
        """Until told to stop; what is under way then is handed back and goes on elsewhere."""
        while not stopping.is_set():
            pulls_due.clear()
            try:
                while self._start_next(stopping):
                    pass
            except DatabaseError as error:
                log.warning("the database is away: %s", error)
            finally:
                connection.close()
            pulls_due.wait(LOOK_SECONDS)

    def _start_next(self, stopping: threading.Event) -> bool:
        """False when no slot is free or nothing waits."""
        if stopping.is_set() or not self._slots.acquire(blocking=False):
            return False
        lease = None
        try:
            lease = claim_pull()
        finally:
            if lease is None:
                self._slots.release()
        if lease:
            threading.Thread(target=self._fetch, args=(lease, stopping), name="pull", daemon=True).start()
        return lease is not None

    def _fetch(self, lease: PullLease, stopping: threading.Event) -> None:
        try:
            fetch(lease, stopping=stopping)
        finally:
            connection.close()
            self._slots.release()
            pulls_due.set()
