"""A worker process: takes its turns, gives signs of life, and stops without losing a job."""

import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

from celery import current_app
from celery.concurrency.thread import TaskPool as ThreadPool
from celery.signals import celeryd_after_setup, worker_ready, worker_shutdown, worker_shutting_down
from celery.worker.request import Request
from celery.worker.state import requests
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.urls import reverse

from animator import kernel
from animator.core.errors import SandboxLost
from media_jobs.batches import walk
from media_jobs.clock import watch
from media_jobs.doorbell import DELIVER, PULL, broker, kinds_of, queue_of
from media_jobs.events.dispatcher import Dispatcher
from media_jobs.faultpoint import faultpoint
from media_jobs.jobs import leases
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.memory import room
from media_jobs.jobs.run import run
from media_jobs.jobs.selectors import live_workers
from media_jobs.maintenance.looking import looking
from media_jobs.maintenance.moments import mend_events, mend_leases
from media_jobs.maintenance.top_up import top_up
from media_jobs.maintenance.under_way import anything_under_way
from media_jobs.maintenance.upkeep import start_upkeep
from media_jobs.models import Job, Worker, worker_name
from media_jobs.pulls.download import fetch
from media_jobs.pulls.shares import shares

log = logging.getLogger(__name__)

stopping = threading.Event()
_begun = threading.Event()


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
    return worker_name()


def take_turn(*, queue: str, permit_id: str) -> str:
    """Carry out the most urgent job of the queue; its id, "" when nothing was left to do or the worker must stop.

    While the broker is away no permits come, so whoever has work goes on to the next.
    """
    done = ""
    while next_one := _run_next(queue=queue, permit_id=permit_id):
        done = next_one
        if not broker.away.is_set():
            break
    return done


def _run_next(*, queue: str, permit_id: str) -> str:
    """Claim a job and carry it out; its id, or "" as `take_turn`."""
    with room.place(stopping) as taken:
        lease = leases.claim(worker=name(), kinds=kinds_of(queue)) if taken else None
        if lease is None:
            return ""
        faultpoint("claimed")
        _show(permit_id, job=str(lease.job_id))
        run(lease, stopping=stopping, limit=_time_limit())
        return str(lease.job_id)


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
    while next_one := _fetch_next(permit_id=permit_id):
        done = next_one
        if not (broker.away.is_set() or shares.passed_over):
            break
    return done


def _fetch_next(*, permit_id: str) -> str:
    with nullcontext() if stopping.is_set() else shares.claim() as lease:
        if lease is None:
            return ""
        _show(permit_id, job=lease.pull.task_id)
        fetch(lease, stopping=stopping)
        return str(lease.pull.task_id)


def drain() -> None:
    """Take and run jobs of every kind, here and now, until none is left to claim."""
    while lease := leases.claim(worker=name()):
        run(lease, stopping=stopping)


def live(*, slots: int) -> None:
    """Until told to stop: show that this worker lives, put lost jobs back, and see that no permit is missing."""
    times_set = None
    while True:
        try:
            sign_of_life(slots=slots)
            watch.look()
            if times_set != watch.times_set:
                mend_events(clock_was_set=times_set is not None)
                times_set = watch.times_set
            see_to_work(slots=slots)
        except DatabaseError as error:
            log.warning("the database is away: %s", error)
            connection.close()  # else it is kept: opening one is most of what a look costs
        except (SandboxLost, OSError) as error:
            log.warning("signs of life go on: %s", error)
        except Exception:
            log.exception("signs of life go on: a fault of ours")
            connection.close()
        if stopping.wait(settings.ZOETROPE_HEARTBEAT_SECONDS):
            return


def see_to_work(*, slots: int) -> None:
    """Put lost jobs back, go on with batches, issue what is missing, look for work; only ask, while there is none."""
    if not anything_under_way():
        top_up(issuing=False)  # as that is how a broker that is away is noticed
        return
    mend_leases()
    leases.sweep()
    walk.go_on()
    top_up(issuing=_is_first())
    looking.look(_turns(), slots=slots)


def _turns() -> list[Callable[[], str]]:
    """A turn at each queue that this process takes from; events are looked for by the dispatcher itself."""
    jobs = {queue_of(kind) for kind in Job.Kind.values}
    turns: list[Callable[[], str]] = [
        partial(take_turn, queue=queue, permit_id="") for queue in jobs if consumes(queue)
    ]
    return [*turns, partial(take_transfer, permit_id="")] if consumes(queue_of(PULL)) else turns


def sign_of_life(*, slots: int) -> None:
    """Note in this worker's row that it lives, and with what.

    Only a worker that makes pictures tells its isolation: any other would have to start codec servers just for that.
    """
    makes = any(consumes(queue_of(kind)) for kind in Job.Kind.values)
    facts = {
        "slots": slots,
        "isolation": ", ".join(sandbox().isolation_level()) if makes else "",
        "kernel": kernel.available(),
        "queues": ",".join(_queues())[:300],
        "seen_at": Now(),
    }
    if not Worker.objects.filter(name=name()).update(**facts):
        Worker.objects.update_or_create(name=name(), defaults=facts)


def consumes(queue: str) -> bool:
    """Whether this process takes from the queue: what `celery worker -Q` names, without it every one."""
    return queue in current_app.amqp.queues.consume_from


def _queues() -> list[str]:
    """Those of settings.ZOETROPE_QUEUES that this process takes from."""
    return [queue for queue in dict.fromkeys(settings.ZOETROPE_QUEUES.values()) if consumes(queue)]


def _is_first() -> bool:
    """Of all live workers one adds permits, so that they don't each add the same."""
    return live_workers().order_by("name").values_list("name", flat=True).first() == name()


@celeryd_after_setup.connect
def _on_setup(instance: Any, **_: Any) -> None:
    """Before the broker has answered: a worker that starts while it is away works all the same."""
    if issubclass(instance.pool_cls, ThreadPool):
        _begin(slots=instance.concurrency)


@worker_ready.connect
def _on_ready(sender: Any, **_: Any) -> None:
    """A pool that forks has forked by now: threads that begin earlier might hold locks which nobody would release."""
    if not _begun.is_set():
        _begin(slots=sender.controller.concurrency)


def _begin(*, slots: int) -> None:
    _begun.set()
    load_addresses()
    shares.share(slots=slots)
    threading.Thread(target=live, kwargs={"slots": slots}, name="signs-of-life", daemon=True).start()
    start_upkeep(stopping=stopping)
    if consumes(queue_of(DELIVER)):
        threading.Thread(target=Dispatcher().run, args=(stopping,), name="dispatcher", daemon=True).start()


def load_addresses() -> None:
    """An event tells where files are to be had: the first would load every view, within its transaction."""
    reverse("media", args=["any"])


@worker_shutting_down.connect
def _on_shutting_down(**_: Any) -> None:
    stopping.set()


@worker_shutdown.connect
def _on_shutdown(**_: Any) -> None:
    """Celery has waited for what has a permit."""
    looking.finish(seconds=settings.ZOETROPE_STOP_GRACE_SECONDS + 2)
    sandbox().close()
    Worker.objects.filter(name=name()).delete()
