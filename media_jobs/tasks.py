"""What Celery calls. Each entry only hands on; the work is in the modules named here."""

from celery import shared_task

from media_jobs.doorbell import ring
from media_jobs.jobs import leases
from media_jobs.maintenance import cleaning, worker


@shared_task
def drain() -> None:
    worker.drain()


@shared_task
def sweep() -> None:
    ring(leases.sweep())
    cleaning.finish_uploads()


@shared_task
def collect_garbage() -> None:
    cleaning.collect_garbage()
