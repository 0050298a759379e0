"""A worker whose process is known to have died: what it held is handed back at once, not when its leases are over."""

import logging

from django.db import connection

from applications.transactions import DATABASE_AWAY
from media_jobs.jobs import leases
from media_jobs.models import Worker, worker_name
from media_jobs.pulls import leases as pulls

log = logging.getLogger(__name__)


def worker_ended(pid: int) -> None:
    """The process `pid` of this host is gone. Never raises while the database is away: then the leases' ends do it."""
    name = worker_name(pid)
    try:
        jobs, files = leases.worker_ended(name), pulls.worker_ended(name)
        Worker.objects.filter(name=name).delete()
    except DATABASE_AWAY as error:
        log.warning("worker %s: its jobs go back when their leases are over: %s", name, error)
    else:
        if jobs or files:
            log.warning("worker %s ended: %d jobs and %d transfers handed back", name, jobs, files)
    finally:
        connection.close()
