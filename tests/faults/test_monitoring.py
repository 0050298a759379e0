"""What an operator sees of the work with Celery's own tools: with RabbitMQ or Redis, which can speak to all workers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from celery import current_app

from media_jobs.jobs.services import submit_task
from media_jobs.models import Job, Media, Worker
from media_jobs.states import JobState
from procedures.models import Procedure
from procedures.plan import Plan
from procedures.selectors import plan_of
from tests.brokers import depth
from tests.faults.instance import wait_for
from tests.faults.processes import Killable, environment, worker_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(280), pytest.mark.xdist_group("faults")]

JOBS = 200


@pytest.fixture
def two_workers(broker: str) -> Iterator[dict[int, Killable]]:
    """By their slots: 2 and 1; held still until the test lets them go, so that neither has a start over the other."""
    with ExitStack() as stack:
        options = ("-Q", "pictures", "-E")
        workers = {slots: stack.enter_context(worker_process(broker, *options, "-c", str(slots))) for slots in (2, 1)}
        wait_for(lambda: Worker.objects.count() == 2, seconds=60, what="two workers")
        time.sleep(1)  # the sign of life comes before the first message
        for worker in workers.values():
            worker.signal(signal.SIGSTOP)
        yield workers


@pytest.fixture
def backlog(two_workers: dict[int, Killable], uploaded: Media, procedure: Procedure) -> None:
    """JOBS pictures to make."""
    step = plan_of(procedure).steps[0]
    submit_task(media=uploaded, plan=Plan(steps=(step,) * JOBS))


def test_the_brokers_depth_is_the_backlog_and_two_workers_share_it_by_their_slots(
    broker: str, backlog: None, two_workers: dict[int, Killable]
) -> None:
    taken_ahead = 3  # a permit a slot
    assert JOBS - taken_ahead <= depth("pictures") <= JOBS
    for worker in two_workers.values():
        worker.signal(signal.SIGCONT)
    wait_for(lambda: _made() == JOBS, seconds=200, what="the pictures")
    made = Counter(Job.objects.filter(kind="animate").values_list("worker", flat=True))
    shares = {slots: made[f"{os.uname().nodename}:{worker.pid}"] for slots, worker in two_workers.items()}
    assert sum(shares.values()) == JOBS
    # Two, but for the processors: where three slots have only two of them, it was 1.44 to 1.60 in fourteen runs.
    assert 1.25 <= shares[2] / shares[1] <= 2.7, shares
    assert depth("pictures") <= taken_ahead


def test_celery_names_the_jobs_that_are_made(broker: str, backlog: None, two_workers: dict[int, Killable]) -> None:
    with _monitored() as told:
        for worker in two_workers.values():
            worker.signal(signal.SIGCONT)
        shown = wait_for(lambda: _inspected(broker), seconds=60, what="a job under way")
        wait_for(lambda: _made() >= JOBS / 4, seconds=120, what="some pictures")
    jobs = {str(pk) for pk in Job.objects.exclude(state=JobState.WAITING).values_list("pk", flat=True)}
    assert {task["job"] for task in shown} <= jobs
    assert all(task["args"] == [task["job"]] for task in shown)
    for kind, key in (("task-claimed", "job"), ("task-succeeded", "result")):
        named = {event[key].strip("'") for event in told if event["type"] == kind}
        assert len(named) > JOBS / 10
        assert named - {""} <= jobs


def _made() -> int:
    return Job.objects.filter(kind="animate", state=JobState.SUCCESS).count()


def _inspected(broker: str) -> list[dict[str, object]]:
    """What `celery inspect active` lists of all workers, but for permits that have yet to find their job."""
    command = [sys.executable, "-m", "celery", "-A", "config", "inspect", "active", "--json", "--timeout", "5"]
    its_environment = {**environment(), "BROKER_URL": broker}
    answer = subprocess.run(command, env=its_environment, capture_output=True, text=True, timeout=60, check=False)
    return [task for tasks in json.loads(answer.stdout or "{}").values() for task in tasks if "job" in task]


@contextmanager
def _monitored() -> Iterator[list[dict[str, str]]]:
    """The task events that the workers send meanwhile."""
    told: list[dict[str, str]] = []
    with current_app.connection_for_read() as connection:
        receiver = current_app.events.Receiver(connection, handlers={"*": told.append})
        listening = threading.Thread(target=receiver.capture)
        listening.start()
        try:
            yield told
        finally:
            receiver.should_stop = True
            listening.join()
