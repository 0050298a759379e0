"""Telling the workers: a permit is one message for one job's turn. The rows are the queue; a permit names none of them.

Whoever takes a permit carries out the most urgent job of the permit's queue. So a lost, doubled or late one changes
nothing for long: too many find nothing to do, missing ones are issued again (maintenance/top_up.py). That is why nobody
who issues one waits for the broker, whatever becomes of it: a thread of its own speaks to it, later.
"""

import atexit
import logging
import os
import queue as queue_module
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from kombu import Producer

log = logging.getLogger(__name__)

PULL, DELIVER = "pull", "deliver"  # what there is to do beside the kinds of jobs, in settings.ZOETROPE_QUEUES
WAKE_SECONDS = 0.2  # between two calls to the dispatcher: it looks by itself for what comes meanwhile
PATIENCE = 0.3  # seconds that a question to the broker waits, and a process at its end for what it has yet to say
ASKING = 2.0  # seconds that a worker's look at the queues waits
SILENCE = 5.0  # seconds for which a broker that didn't answer isn't asked again
STEP = 2.0  # seconds for connecting, and for each answer
MOST_WAITING = 1000  # messages to a broker that is slow; more are dropped, and issued again from the rows
_STEPS = {
    "amqp": {"read_timeout": STEP, "write_timeout": STEP},
    "pyamqp": {"read_timeout": STEP, "write_timeout": STEP},
    "redis": {"socket_timeout": STEP, "socket_connect_timeout": STEP},
    "rediss": {"socket_timeout": STEP, "socket_connect_timeout": STEP},
}

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
    """A permit for each row of `ids`, good after `delay`. Neither waits nor raises: what is lost is issued again."""
    later = delay.total_seconds() or None
    _publish(_TASKS.get(kind, _JOB_TASK), [[str(row)] for row in ids], queue=queue_of(kind), later=later)


def wake_dispatcher() -> None:
    """There is an event to push: tell this process's dispatcher, and a worker's that has one, as issue_permits does."""
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

    return found if broker.reached(count, patience=ASKING) else None


class _Errand:
    """Something to be said to the broker, and how it went once that is known."""

    def __init__(self, speak: Callable[[Producer], None]) -> None:
        self.speak = speak
        self.done = threading.Event()
        self.succeeded = False


class _Broker:
    """Speaks to the broker from a thread of its own, so that nobody waits for one that is away, or answers nothing.

    While `away` is set a worker goes on by looking at the rows. A process that was forked begins anew.
    """

    def __init__(self) -> None:
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)
        atexit.register(self.settle)  # of a command that has asked for work

    def _begin_anew(self) -> None:
        """As in a process that has just begun."""
        self.away = threading.Event()
        self.woken_at = float("-inf")
        self._lock = threading.Lock()
        self._ask_again_at = float("-inf")
        self._answered_at = float("-inf")
        self._errands: queue_module.Queue[_Errand | None] | None = None

    def tell(self, speak: Callable[[Producer], None]) -> None:
        """Have `speak` send something, soon. A broker that failed a moment ago isn't told."""
        self._errand(speak)

    def reached(self, speak: Callable[[Producer], None], *, patience: float) -> bool:
        """The same, and wait for it; whether it is known within `patience` seconds that it was sent."""
        errand = self._errand(speak)
        if errand and not errand.done.wait(patience):
            self._failed("no answer in time")
        return errand is not None and errand.succeeded

    def settle(self, patience: float | None = None) -> None:
        """Wait, at most PATIENCE or `patience` seconds, until all is said that was to be told."""
        if self._errands is not None and not self.away.is_set():
            self.reached(_nothing, patience=PATIENCE if patience is None else patience)

    def answers(self) -> bool:
        """Whether the broker has answered lately; asked anew when that was more than SILENCE seconds ago."""
        if time.monotonic() - self._answered_at < SILENCE:
            return not self.away.is_set()
        return self.reached(_ask, patience=PATIENCE)

    def forget(self) -> None:
        """Begin anew, with whatever address the settings name now; what waits to be said is dropped."""
        if self._errands is not None:
            with suppress(queue_module.Full):
                self._errands.put_nowait(None)
        self._begin_anew()

    def _errand(self, speak: Callable[[Producer], None]) -> _Errand | None:
        if time.monotonic() < self._ask_again_at:
            return None
        errand = _Errand(speak)
        try:
            self._line().put_nowait(errand)
        except queue_module.Full:
            self._failed("more waits for it than may")
            return None
        return errand

    def _line(self) -> "queue_module.Queue[_Errand | None]":
        with self._lock:
            if self._errands is None:
                line: queue_module.Queue[_Errand | None] = queue_module.Queue(MOST_WAITING)
                threading.Thread(target=self._run_errands, args=(line,), name="broker", daemon=True).start()
                self._errands = line
            return self._errands

    def _run_errands(self, errands: "queue_module.Queue[_Errand | None]") -> None:
        connection, silent_until = None, float("-inf")
        while (errand := errands.get()) is not None:
            if time.monotonic() < silent_until:  # what waited behind one that failed isn't tried, too
                errand.done.set()
                continue
            before = connection
            connection, error = _spoken(errand, before)
            if before and not connection:  # it may have ended while nobody spoke
                connection, error = _spoken(errand, None)
            if self._errands is not errands:  # begun anew meanwhile: that was another broker
                break
            if errand.succeeded:
                self._answered_at, self._ask_again_at = time.monotonic(), float("-inf")
                self.away.clear()
            else:
                self._failed(error)
                silent_until = self._ask_again_at
            errand.done.set()
        _close(connection)

    def _failed(self, reason: object) -> None:
        if not self.away.is_set():
            log.warning("the broker is away (%s); workers look for work, permits are issued again later", reason)
        self._ask_again_at = time.monotonic() + SILENCE
        self.away.set()


def _spoken(errand: _Errand, connection: Any) -> tuple[Any, object]:
    """The connection that the errand went over, or None and why it didn't."""
    try:
        connection = connection or _connected()
        errand.speak(current_app.amqp.Producer(connection, auto_declare=False))
    except Exception as error:  # brokers fail in as many ways as there are of them; none may end this thread
        _close(connection)
        return None, error
    errand.succeeded = True
    return connection, ""


def _connected() -> Any:
    """A connection on which no step takes longer than STEP seconds."""
    conf: Any = current_app.conf
    url = str(conf.broker_write_url or conf.broker_url)
    options = dict(conf.broker_transport_options or {})
    options |= next((own for scheme, own in _STEPS.items() if url.startswith(scheme)), {})
    connection = current_app.connection_for_write(connect_timeout=STEP, heartbeat=0, transport_options=options)
    connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=int(STEP))
    return connection


def _close(connection: Any) -> None:
    if connection is not None:
        with suppress(Exception):
            connection.release()


def _ask(producer: Any) -> None:
    """Anything that the broker has to answer."""
    name = queue_of("maintain")
    queue: Any = current_app.amqp.queues[name](producer.connection.default_channel)
    queue.queue_declare()


def _nothing(producer: Any) -> None:
    """Its turn comes after all that was to be said before."""


broker = _Broker()


def _publish(task: str, messages: list[list[str]], *, queue: str, later: float | None = None) -> None:
    def publish(producer: Producer) -> None:
        for args in messages:
            current_app.send_task(task, args, queue=queue, producer=producer, ignore_result=True, countdown=later)

    if messages:
        broker.tell(publish)
