"""What Celery calls. Each entry only hands on; the work is in the modules named here."""

from typing import Any

from celery import Task, shared_task

from media_jobs.doorbell import deliveries_due
from media_jobs.jobs import leases
from media_jobs.maintenance import cleaning, worker
from media_jobs.maintenance.looking import looking


class Permit(Task[..., str]):
    """A message that is good for one turn. The job carried out may be another than the one that it was issued for."""

    Request = "media_jobs.maintenance.worker:PermitRequest"


@shared_task(bind=True, base=Permit)
def run_job(self: Permit, issued_for: str) -> str:
    permit: Any = self.request
    with looking.permit():
        return worker.take_turn(queue=permit.delivery_info["routing_key"], permit_id=permit.id)


@shared_task(bind=True, base=Permit)
def fetch_pull(self: Permit, issued_for: str) -> str:
    with looking.permit():
        return worker.take_transfer(permit_id=str(self.request.id))


@shared_task
def wake_dispatcher() -> None:
    deliveries_due.set()


@shared_task
def sweep() -> None:
    leases.sweep()
    cleaning.finish_uploads()


@shared_task
def collect_garbage() -> None:
    cleaning.collect_garbage()
