"""A worker process: takes job after job while there are any, gives signs of life, and stops without losing one."""

import logging
import os
import socket
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from animator import kernel
from media_jobs.doorbell import ring
from media_jobs.events.dispatcher import Dispatcher
from media_jobs.jobs import leases
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.execute import execute
from media_jobs.models import Worker
from media_jobs.pulls.pool import DownloadPool

log = logging.getLogger(__name__)

stopping = threading.Event()


def name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def drain() -> None:
    """Take and run jobs until none is left to claim or the worker must stop."""
    while not stopping.is_set() and (lease := leases.claim(worker=name())):
        execute(lease, stopping=stopping)


def live() -> None:
    """Until told to stop: show that this worker lives, put lost jobs back, and ring for what nobody heard."""
    while True:
        try:
            sign_of_life()
            ring(leases.sweep())
        except DatabaseError as error:
            log.warning("the database is away: %s", error)
        finally:
            connection.close()
        if stopping.wait(settings.ZOETROPE_HEARTBEAT_SECONDS):
            return


def sign_of_life() -> None:
    Worker.objects.update_or_create(
        name=name(),
        defaults={
            "slots": settings.ZOETROPE_WORKERS,
            "isolation": ", ".join(sandbox().isolation_level()),
            "kernel": kernel.available(),
            "seen_at": Now(),
        },
    )


@worker_ready.connect
def _on_ready(**_: Any) -> None:
    threading.Thread(target=live, name="signs-of-life", daemon=True).start()
    threading.Thread(target=Dispatcher().run, args=(stopping,), name="dispatcher", daemon=True).start()
    threading.Thread(target=DownloadPool().run, args=(stopping,), name="downloads", daemon=True).start()


@worker_shutting_down.connect
def _on_shutting_down(**_: Any) -> None:
    stopping.set()


@worker_shutdown.connect
def _on_shutdown(**_: Any) -> None:
    sandbox().close()
    Worker.objects.filter(name=name()).delete()
