"""A broker that is away, or takes connections and answers nothing: nobody waits for it, and the work is done."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from celery import current_app
from celery.contrib.testing.mocks import TaskMessage
from celery.worker.request import Request
from celery.worker.state import active_requests
from django.test import Client

from applications.models import Application
from media_jobs import doorbell
from media_jobs.jobs import leases
from media_jobs.maintenance.looking import Looking
from media_jobs.models import Job, Media, Worker
from media_jobs.states import JobState
from media_jobs.tasks import run_job
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.services import create_template
from tests.brokers import using_broker
from tests.faults.instance import wait_for
from tests.faults.processes import worker_process
from tests.faults.proxy import proxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200), pytest.mark.xdist_group("faults")]

Upload = Callable[..., Media]


@pytest.fixture(params=["amqp", "redis"])
def mute(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that is like a stopped process: connections come about, and that is all."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"{request.param}://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture(params=["amqp", "redis"])
def gone(request: pytest.FixtureRequest) -> str:
    return f"{request.param}://127.0.0.1:1/"


@pytest.fixture
def silent_doorbell() -> None:
    """This page's doorbell rings."""


def _uploads_are_not_held_up(upload_clip: Upload) -> None:
    upload_clip()
    usual = time.monotonic()
    upload_clip()
    usual = time.monotonic() - usual
    began = time.monotonic()
    for _ in range(4):
        upload_clip()
    assert time.monotonic() - began < 4 * usual + 0.5
    wait_for(doorbell.broker.away.is_set, seconds=20, what="the broker to be known as away")
    assert leases.claimable().count() == 6


def test_a_broker_that_answers_nothing_holds_no_upload_up(mute: str, upload_clip: Upload) -> None:
    with using_broker(mute):
        _uploads_are_not_held_up(upload_clip)


def test_a_broker_that_is_gone_holds_no_upload_up(gone: str, upload_clip: Upload) -> None:
    with using_broker(gone):
        _uploads_are_not_held_up(upload_clip)


def test_a_worker_that_starts_without_a_broker_finds_the_work_by_looking(mute: str, upload_clip: Upload) -> None:
    with using_broker(mute):
        upload_clip()
        with worker_process(mute, "-c", "2", heartbeat_seconds="1"):
            wait_for(Worker.objects.exists, seconds=60, what="the worker's first sign of life")
            wait_for(_all_done, seconds=30, what="the analysis")
            upload_clip()
            wait_for(_all_done, seconds=15, what="what came while it was looking")


def test_a_worker_that_looks_hands_its_work_back_when_it_is_told_to_stop(
    upload_clip: Upload, application: Application
) -> None:
    large = create_template(
        application=application, fields={"name": "Large", "format": "webp", "width": 3840, "height": 2160, "fps": 60}
    )
    create_procedure(application=application, name="large", steps=[StepInput(definition=large.definition)] * 4)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        mute = f"amqp://127.0.0.1:{server.getsockname()[1]}/"
        with using_broker(mute):
            upload_clip(procedure="large")
            options = {"heartbeat_seconds": "1", "stop_grace_seconds": "0.5"}
            with worker_process(mute, "-c", "1", "-Q", "pictures", **options) as process:
                running = Job.objects.filter(state=JobState.PROCESSING, progress__gt=0)
                wait_for(running.exists, seconds=60, what="a job that was found by looking")
                process.signal(signal.SIGTERM)
                process.wait()
    assert not Job.objects.filter(state=JobState.PROCESSING).exists()
    assert set(Job.objects.filter(state=JobState.WAITING).values_list("attempts", flat=True)) == {0}


def test_work_whose_end_celery_cannot_tell_the_broker_takes_no_slot() -> None:
    """A consumer that is stuck in a call to the broker goes on counting what has ended as active."""
    looking, done = Looking(), threading.Event()
    doorbell.broker.away.set()
    stuck = Request(TaskMessage("media_jobs.tasks.run_job"), app=current_app, task=run_job)
    active_requests.add(stuck)
    try:
        looking.look([lambda: done.set() or ""], slots=1)
        assert done.wait(5), stuck
    finally:
        doorbell.broker.away.clear()
        active_requests.clear()


def test_while_all_slots_work_by_permits_nobody_looks() -> None:
    looking, looked = Looking(), threading.Event()
    doorbell.broker.away.set()
    try:
        with looking.permit():
            looking.look([lambda: looked.set() or ""], slots=1)
            assert not looked.wait(0.3)
        looking.look([lambda: looked.set() or ""], slots=1)
        assert looked.wait(5)
    finally:
        doorbell.broker.away.clear()


def test_readyz_says_that_the_broker_is_away_and_work_goes_on(mute: str, client: Client) -> None:
    with using_broker(mute):
        Worker.objects.create(name="w", slots=1)
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert "by looking" in answer.json()["broker"]


def test_readyz_has_no_complaint_about_a_broker_that_answers(broker: str, client: Client) -> None:
    assert client.get("/readyz").json()["broker"] == "ok"


@pytest.mark.parametrize("how", ["cut", "stall"])
def test_work_goes_on_while_the_broker_is_away_and_permits_come_again_afterwards(
    broker: str, upload_clip: Upload, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a broker of its own process (tests/services.py) and a proxy before it."""
    address = urlsplit(broker)
    if address.scheme == "sqlite":
        return  # there is nothing to cut: a file
    with proxy(address.hostname or "127.0.0.1", address.port or 5672) as between:
        through = address._replace(netloc=f"{address.netloc.rpartition(':')[0]}:{between.port}").geturl()
        with using_broker(through), worker_process(through, "-c", "2", heartbeat_seconds="1"):
            upload_clip()
            wait_for(_all_done, seconds=60, what="work by permits")
            monkeypatch.setattr(doorbell, "PATIENCE", 0.3)
            getattr(between, how)()
            began = time.monotonic()
            upload_clip()
            assert time.monotonic() - began < 2
            wait_for(_all_done, seconds=20, what="work without permits")
            between.resume()
            wait_for(doorbell.broker.answers, seconds=20, what="the broker's return")
            upload_clip()
            wait_for(_all_done, seconds=20, what="work after the broker's return")


@pytest.mark.timeout(400)
def test_a_worker_whose_connection_broke_while_it_worked_goes_on_by_permits_at_once(
    broker: str, upload_clip: Upload, application: Application
) -> None:
    """What it had taken by the broken connection must not keep it from the new one, for minutes."""
    address = urlsplit(broker)
    if address.scheme == "sqlite":
        return  # a file has no connection
    large = create_template(
        application=application, fields={"name": "Large", "format": "webp", "width": 1280, "height": 720, "fps": 30}
    )
    create_procedure(application=application, name="large", steps=[StepInput(definition=large.definition)] * 3)
    with proxy(address.hostname or "127.0.0.1", address.port or 5672) as between:
        through = address._replace(netloc=f"{address.netloc.rpartition(':')[0]}:{between.port}").geturl()
        with using_broker(through), worker_process(through, "-c", "2", heartbeat_seconds="1"):
            at_work = Job.objects.filter(state=JobState.PROCESSING, kind=Job.Kind.ANIMATE)
            for _ in range(2):
                upload_clip(procedure="large")
                wait_for(lambda: at_work.count() == 2, seconds=60, what="both slots at work")
                between.cut()
                between.resume()
                wait_for(_all_done, seconds=90, what="what was begun, and what comes after it")
                upload_clip()
                wait_for(_all_done, seconds=60, what="work by the new connection")


def _all_done() -> bool:
    return not Job.objects.exclude(state=JobState.SUCCESS).exists()
