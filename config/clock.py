"""Celery's clock as a thread of a worker: on one machine it needs no process of its own."""

from typing import Any

from celery.signals import worker_ready, worker_shutdown
from django.conf import settings

from config.celery import app


@worker_ready.connect
def _start(**_: Any) -> None:
    if settings.ZOETROPE_BEAT_HERE:
        from celery.beat import EmbeddedService  # only where it is needed

        service: Any = EmbeddedService(app, thread=True)
        service.start()
        worker_shutdown.connect(lambda **_: service.stop(), weak=False)
