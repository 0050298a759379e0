"""A worker process: takes its turns, gives signs of life, and stops without losing a job."""

import logging
import os
import socket
import threading
from typing import Any

from celery import current_app
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from celery.worker.request import Request
from celery.worker.state import requests
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from animator import kernel
from media_jobs.doorbell import DELIVER, broker, kinds_of, queue_of
from media_jobs.events.dispatcher import Dispatcher
from media_jobs.jobs import leases
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.run import run
from media_jobs.jobs.selectors import live_workers
from media_jobs.maintenance.top_up import top_up
from media_jobs.models import Job, Worker
from media_jobs.pulls.download import fetch
from media_jobs.pulls.leases import claim_pull

log = logging.getLogger(__name__)

stopping = threading.Event()


class PermitRequest(Request):
    """A permit as `celery inspect` and monitors see it: with the job that was taken, not the one it was issued for."""

    job = ""

    def took(self, job: str) -> None:
        self.job = job
        self.send_event("task-claimed", job=job)  # goes out when task events are on

    def info(self, safe: bool = False) -> Any:
        shown = super().info(safe=safe)
        return {**shown, "args": [self.job], "job": self.job} if self.job else shown


def name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def take_turn(*, queue: str, permit_id: str) -> str:
    """Carry out the most urgent job of the queue; its id, "" when nothing was left to do or the worker must stop.

    While the broker is away no permits come, so whoever has work goes on to the next.
    """
    done = ""
    while not stopping.is_set() and (lease := leases.claim(worker=name(), kinds=kinds_of(queue))):
        done = str(lease.job_id)
        _show(permit_id, job=done)
        run(lease, stopping=stopping, limit=_time_limit())
        if not broker.away.is_set():
            break
    return done


def _show(permit_id: str, *, job: str) -> None:
    """The permit is used for `job`. Outside a worker, or in a process that its pool forked, there is nobody to show."""
    request = requests.get(permit_id)
    if isinstance(request, PermitRequest):
        request.took(job)


def _time_limit() -> float | None:
    """Celery's pool of threads can't end a task; the job's heartbeat can."""
    conf: Any = current_app.conf
    limits = [limit for limit in (conf.task_time_limit, conf.task_soft_time_limit) if limit]
    return min(limits, default=None)


def take_transfer(*, permit_id: str) -> str:
    """Fetch the next file that is to be pulled; its task id, or "" as `take_turn`."""
    done = ""
    while not stopping.is_set() and (lease := claim_pull()):
        done = lease.pull.task_id
        _show(permit_id, job=done)
        fetch(lease, stopping=stopping)
        if not broker.away.is_set():
            break
    return done


def drain() -> None:
    """Take and run jobs of every kind, here and now, until none is left to claim."""
    while lease := leases.claim(worker=name()):
        run(lease, stopping=stopping)


def live(*, slots: int) -> None:
    """Until told to stop: show that this worker lives, put lost jobs back, and see that no permit is missing."""
    while True:
        try:
            sign_of_life(slots=slots)
            leases.sweep()
            top_up(issuing=_is_first())
        except DatabaseError as error:
            log.warning("the database is away: %s", error)
        finally:
            connection.close()
        if stopping.wait(settings.ZOETROPE_HEARTBEAT_SECONDS):
            return


def sign_of_life(*, slots: int) -> None:
    """Note in this worker's row that it lives, and with what.

    Only a worker that makes pictures tells its isolation: any other would have to start codec servers just for that.
    """
    makes = any(consumes(queue_of(kind)) for kind in Job.Kind.values)
    Worker.objects.update_or_create(
        name=name(),
        defaults={
            "slots": slots,
            "isolation": ", ".join(sandbox().isolation_level()) if makes else "",
            "kernel": kernel.available(),
            "seen_at": Now(),
        },
    )


def consumes(queue: str) -> bool:
    """Whether this process takes from the queue: what `celery worker -Q` names, without it every one."""
    return queue in current_app.amqp.queues.consume_from


def _is_first() -> bool:
    """Of all live workers one adds permits, so that they don't each add the same."""
    return live_workers().order_by("name").values_list("name", flat=True).first() == name()


@worker_ready.connect
def _on_ready(sender: Any, **_: Any) -> None:
    slots = {"slots": sender.controller.concurrency}
    threading.Thread(target=live, kwargs=slots, name="signs-of-life", daemon=True).start()
    if consumes(queue_of(DELIVER)):
        threading.Thread(target=Dispatcher().run, args=(stopping,), name="dispatcher", daemon=True).start()


@worker_shutting_down.connect
def _on_shutting_down(**_: Any) -> None:
    stopping.set()


@worker_shutdown.connect
def _on_shutdown(**_: Any) -> None:
    sandbox().close()
    Worker.objects.filter(name=name()).delete()
