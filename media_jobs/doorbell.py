"""Telling the workers: a permit is one message for one job's turn. The rows are the queue; a permit names none of them.

Whoever takes a permit carries out the most urgent job of the permit's queue. So a lost, doubled or late one changes
nothing for long: too many find nothing to do, missing ones are issued again (maintenance/top_up.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from kombu import Producer

log = logging.getLogger(__name__)

PULL, DELIVER = "pull", "deliver"  # what there is to do beside the kinds of jobs, in settings.ZOETROPE_QUEUES
WAKE_SECONDS = 0.2  # between two calls to the dispatcher: it looks by itself for what comes meanwhile
SILENCE = 5.0  # seconds for which a broker that didn't answer isn't asked again: each time takes as long as it may

# Set when there is an event to push.
deliveries_due = threading.Event()

_TASKS = {PULL: "media_jobs.tasks.fetch_pull", DELIVER: "media_jobs.tasks.wake_dispatcher"}
_JOB_TASK = "media_jobs.tasks.run_job"


def queue_of(kind: str) -> str:
    """The queue for a kind of job, PULL or DELIVER."""
    queue: str = settings.ZOETROPE_QUEUES[kind]
    return queue


def kinds_of(queue: str) -> list[str]:
    return [kind for kind, its_queue in settings.ZOETROPE_QUEUES.items() if its_queue == queue]


def issue_permits(kind: str, ids: Iterable[object], *, delay: timedelta = timedelta(0)) -> None:
    """A permit for each row of `ids`, good after `delay`. Never raises: what is missing is issued again later."""
    later = delay.total_seconds() or None
    _publish(_TASKS.get(kind, _JOB_TASK), [[str(row)] for row in ids], queue=queue_of(kind), later=later)


def wake_dispatcher() -> None:
    """There is an event to push: tell this process's dispatcher, and a worker's that has one. Never raises."""
    deliveries_due.set()
    if time.monotonic() - broker.woken_at >= WAKE_SECONDS:
        broker.woken_at = time.monotonic()
        _publish(_TASKS[DELIVER], [[]], queue=queue_of(DELIVER))


def depths(queues: Iterable[str]) -> dict[str, int] | None:
    """How many permits wait in each queue; None while the broker is away. A queue that is gone is made anew."""
    found: dict[str, int] = {}

    def count(producer: Any) -> None:
        for name in queues:
            queue: Any = current_app.amqp.queues[name](producer.connection.default_channel)
            found[name] = queue.queue_declare().message_count

    return found if broker.reached(count) else None


class _Broker:
    """Whether the broker answers. While it doesn't, a worker that has work goes on without permits."""

    def __init__(self) -> None:
        self.away = threading.Event()
        self.woken_at = float("-inf")
        self._ask_again_at = float("-inf")

    def reached(self, speak: Callable[[Producer], None]) -> bool:
        """Have `speak` send something. False when the broker is away, or was so a moment ago and isn't asked again."""
        if time.monotonic() < self._ask_again_at:
            return False
        try:
            with current_app.producer_pool.acquire(block=True) as producer:
                speak(producer)
        except Exception as error:  # brokers fail in as many ways as there are of them; none may fail the caller
            log.warning("the broker is away (%s); permits are issued again when it is back", error)
            self._ask_again_at = time.monotonic() + SILENCE
            self.away.set()
            return False
        self.away.clear()
        return True


broker = _Broker()


def _publish(task: str, messages: list[list[str]], *, queue: str, later: float | None = None) -> None:
    def publish(producer: Producer) -> None:
        for args in messages:
            current_app.send_task(task, args, queue=queue, producer=producer, ignore_result=True, countdown=later)

    if messages:
        broker.reached(publish)
