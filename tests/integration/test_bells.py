"""Permits are hints: whoever asks for work doesn't wait for the broker, however slowly it takes them."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from amqp.exceptions import NotAllowed
from celery import current_app
from django.test import Client

from applications.models import ApiKey
from media_jobs import doorbell
from media_jobs.models import Job, Media
from tests.brokers import depth, using_broker
from tests.faults.instance import ROOT, wait_for
from tests.integration.cloudapi.v3.signing import Signed

PICTURE = {"Definition": 20001, "StartTimeOffset": 0, "EndTimeOffset": 1}
SLOW = 0.25  # seconds that the broker takes for one message


@pytest.fixture
def silent_doorbell() -> None:
    """This page's doorbell rings."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Ids of the permits that a slow broker has taken."""
    taken: list[str] = []

    def send(task: str, args: list[str], **options: Any) -> None:
        time.sleep(SLOW)
        taken.extend(args)

    with using_broker("memory://"):
        monkeypatch.setattr(current_app, "send_task", send)
        yield taken


def _process(api_key: ApiKey, uploaded: Media) -> None:
    body = json.dumps({"FileId": uploaded.file_id, "MediaProcessTask": {"AnimatedGraphicTaskSet": [PICTURE]}}).encode()
    request = Signed(api_key.secret_id, api_key.secret_key, action="ProcessMedia", body=body)
    assert "TaskId" in request.send(Client())


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_answers_slowly_does_not_hold_process_media(
    api_key: ApiKey, uploaded: Media, told: list[str]
) -> None:
    """It held each for as long as a message took, and all behind one another for up to 0.3 s."""
    doorbell.broker.settle(20)
    before = len(told)
    _process(api_key, uploaded)
    began = time.monotonic()
    for _ in range(12):
        _process(api_key, uploaded)
    took = time.monotonic() - began
    assert len(told) - before <= 1 + took / SLOW
    assert took < 12 * SLOW * 0.8, "the broker takes longer for as many"
    doorbell.broker.settle(20)
    assert {str(pk) for pk in Job.objects.filter(kind="animate").values_list("pk", flat=True)} <= set(told)


def test_what_waits_for_a_slow_broker_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "MOST_WAITING", 5)
    go_on, said = threading.Event(), []
    with using_broker("memory://"):
        monkeypatch.setattr(current_app, "send_task", lambda task, args, **_: (go_on.wait(20), said.extend(args)))
        began = time.monotonic()
        for number in range(200):
            doorbell.issue_permits("animate", [number])
        assert time.monotonic() - began < 2
        go_on.set()
        wait_for(lambda: len(said) >= 5, seconds=20, what="what was let wait")
        time.sleep(0.2)
    assert said == [str(number) for number in range(len(said))] and len(said) <= 6


@pytest.mark.django_db(transaction=True)
def test_a_command_that_ends_at_once_has_told_the_broker_what_it_asked_for(broker: str) -> None:
    code = "from media_jobs.doorbell import issue_permits; issue_permits('animate', range(3))"
    environment = {**os.environ, "BROKER_URL": broker, "DJANGO_SETTINGS_MODULE": "config.settings"}
    setup = "import django; django.setup()"
    subprocess.run([sys.executable, "-c", f"{setup}; {code}"], cwd=ROOT, env=environment, check=True, timeout=60)
    assert depth("pictures") == 3


def test_a_broker_that_refuses_every_channel_is_asked_now_and_then_and_complained_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """RabbitMQ with `channel_max` reached, or a limit of a user's: the connection comes about, its channel doesn't."""
    asked = []

    def refused(*_: Any, **__: Any) -> None:
        asked.append(time.monotonic())
        raise NotAllowed("number of channels opened on node has reached the maximum allowed limit", (20, 10))

    monkeypatch.setattr(doorbell, "SILENCE", 0.3)
    with using_broker("memory://"), caplog.at_level(logging.WARNING):
        monkeypatch.setattr(current_app.amqp, "Producer", refused)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            doorbell.issue_permits("animate", ["any"])
            doorbell.broker.answers()
            time.sleep(0.002)
        wait_for(doorbell.broker.away.is_set, seconds=5, what="a broker that is known to be away")
        assert 2 <= len(asked) <= 1.5 / 0.3 + 2, "what waits behind one that was refused isn't tried"
        complaints = [record.getMessage() for record in caplog.records if "the broker is away" in record.getMessage()]
        assert len(complaints) == 1 and "maximum allowed limit" in complaints[0]
        monkeypatch.undo()
        wait_for(doorbell.broker.answers, seconds=20, what="a broker that opens channels again")


def test_a_worker_whose_connection_is_refused_again_and_again_says_so_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Celery connects anew about once a second; that were 48 MB of log a day."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    said: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    handler, consumer = Handler(), logging.getLogger("celery.worker.consumer.consumer")
    warned = logging.getLogger("py.warnings")
    for logger in (consumer, warned):
        logger.addHandler(handler)
    try:
        for second in range(90):
            now[0] += 1
            consumer.warning("consumer: Connection to broker lost (%s)", second)
            warned.warning("%s", "… worker_cancel_long_running_tasks_on_connection_loss …")
        consumer.warning("another")
        warned.warning("%s", "of something else")
    finally:
        for logger in (consumer, warned):
            logger.removeHandler(handler)
    lost = [f"consumer: Connection to broker lost ({second})" for second in (0, 60)]
    assert said == [*lost, "another", "of something else"]


def test_what_was_said_to_a_broker_before_says_nothing_of_the_one_there_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def fails(*_: Any, **__: Any) -> None:
        begun.set()
        go_on.wait(20)
        ended.set()
        raise OSError("the broker that was")

    with using_broker("memory://"):
        monkeypatch.setattr(current_app, "send_task", fails)
        doorbell.issue_permits("animate", ["any"])
        assert begun.wait(20)
    with using_broker("memory://"):
        go_on.set()
        assert ended.wait(20)
        assert not doorbell.broker.away.wait(1)
