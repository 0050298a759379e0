"""Waking the workers. A message says only "look": the rows are the queue, so a lost or doubled one changes nothing."""

import logging
import threading

from celery import current_app
from django.conf import settings

log = logging.getLogger(__name__)

# Set when there is an event to push, a file to fetch; those of other processes are found by looking now and then.
deliveries_due = threading.Event()
pulls_due = threading.Event()


def ring(jobs: int = 1) -> None:
    """Wake as many slots as there is new work for. Never raises: the sweeper rings again for what goes unheard."""
    for _ in range(min(jobs, settings.ZOETROPE_WORKERS)):
        try:
            current_app.send_task("media_jobs.tasks.drain", ignore_result=True)
        except Exception as error:  # brokers fail in as many ways as there are of them; none may fail the caller
            log.warning("the broker is away (%s); the sweeper will ring later", error)
            return
