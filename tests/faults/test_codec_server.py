"""The codec server and its children killed or stopped from outside, under a real worker: every picture is made."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from applications.models import Application
from media_jobs.models import Job, Media, Worker
from media_jobs.states import JobState
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.services import create_template
from tests.faults.instance import children_of, wait_for
from tests.faults.processes import Killable, worker_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200), pytest.mark.xdist_group("faults")]


@pytest.fixture
def worker(broker: str) -> Iterator[Killable]:
    with worker_process(broker, "-c", "2", heartbeat_seconds="1") as process:
        wait_for(Worker.objects.exists, seconds=60, what="the worker's first sign of life")
        yield process


@pytest.fixture
def work(worker: Killable, upload_clip: Callable[..., Media], application: Application) -> None:
    """Pictures that take a second or so each, some of them under way."""
    large = create_template(
        application=application, fields={"name": "Large", "format": "webp", "width": 1280, "height": 720, "fps": 60}
    )
    create_procedure(application=application, name="large", steps=[StepInput(definition=large.definition)] * 3)
    upload_clip(procedure="large")
    wait_for(lambda: _children(worker), seconds=30, what="a child at work")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lost_codec_server_costs_no_job_anything(work: None, worker: Killable, number: signal.Signals) -> None:
    (server,) = _servers(worker)
    os.kill(server, number)
    wait_for(_all_ended, seconds=90, what="the jobs of the lost server")
    assert set(Job.objects.values_list("state", "crashes")) == {(JobState.SUCCESS, 0)}
    assert _servers(worker) != [server]


def test_a_child_that_the_system_kills_among_others_is_tried_again_alone(work: None, worker: Killable) -> None:
    wait_for(lambda: len(_children(worker)) == 2, seconds=30, what="two children at work")
    for child in _children(worker):
        os.kill(child, signal.SIGKILL)
    most = 0
    while not _all_ended():
        time.sleep(0.02)
        most = max(most, len(_children(worker)))
    states = set(Job.objects.values_list("state", flat=True))
    assert states == {JobState.SUCCESS}
    assert most <= 1


def test_a_picture_that_memory_never_suffices_for_fails_and_says_so(work: None, worker: Killable) -> None:
    """As in a container that is too small: every child that makes a picture is killed."""
    while not _all_ended():
        for child in _children(worker):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.02)
    failed = Job.objects.filter(kind="animate").values_list("state", "err_code", "message")
    assert {(state, code) for state, code, _ in failed} == {(JobState.FAIL, "InternalError")}
    assert all("memory" in message and "damaged" not in message for _, _, message in failed)


def _servers(worker: Killable) -> list[int]:
    return children_of(worker.pid, "animator.confine.warm")


def _children(worker: Killable) -> list[int]:
    return [child for server in _servers(worker) for child in children_of(server, "animator.confine.warm")]


def _all_ended() -> bool:
    return not Job.objects.filter(state__in=[JobState.WAITING, JobState.PROCESSING]).exists()
