"""What Redis may do to a worker: cut its connection while permits are held, turn read-only, be full. It goes on."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import current_app
from kombu import Connection, Consumer
from redis import Redis

from media_jobs import doorbell
from media_jobs.models import Job, Media, Worker
from media_jobs.states import JobState
from tests.brokers import depth, using_broker
from tests.faults.instance import wait_for
from tests.faults.processes import worker_process
from tests.faults.proxy import Proxy, proxy
from tests.faults.redis_server import redis_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200), pytest.mark.xdist_group("faults")]

Upload = Callable[..., Media]
Between = tuple[Proxy, str]
CUTS = 6  # of which more than half ended the worker, by the order in which its connections were found broken


@pytest.fixture
def silent_doorbell() -> None:
    """This page's doorbell rings."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Redis]]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server isn't installed")
    monkeypatch.setattr(doorbell, "PATIENCE", 10.0)
    with redis_server(tmp_path) as (url, client), using_broker(url):
        yield url, client


@pytest.fixture
def between(server: tuple[str, Redis]) -> Iterator[Between]:
    """A proxy before the server, and the address that leads through it."""
    address = urlsplit(server[0])
    with proxy("127.0.0.1", address.port or 0) as through:
        yield through, address._replace(netloc=f"127.0.0.1:{through.port}").geturl()


def test_a_connection_that_is_cut_while_a_permit_is_held_can_be_closed_and_the_permit_acknowledged(
    between: Between,
) -> None:
    """As Celery does it: references are let go first, then the connection is closed."""
    through, url = between
    doorbell.issue_permits("analyse", ["any"])
    held = []
    with current_app.connection_for_read(url) as connection:
        channel = connection.default_channel
        channel.basic_qos(0, 2, apply_global=False)
        queue = current_app.amqp.queues["analyses"](channel)
        with Consumer(channel, [queue], on_message=held.append, auto_declare=False):
            wait_for(lambda: _drained(connection) or held, seconds=10, what="the permit")
            _begin_to_wait(connection)
            through.cut()
            connection.collect(0.1)
            connection.close()
    held[0].ack()
    assert depth("analyses") == 0


def test_a_worker_goes_on_though_its_connection_is_cut_while_it_holds_permits(
    between: Between, upload_clip: Upload
) -> None:
    through, url = between
    with worker_process(url, "-c", "2", heartbeat_seconds="1") as process:
        wait_for(Worker.objects.exists, seconds=60, what="the worker's first sign of life")
        for cut in range(CUTS):
            doorbell.issue_permits("analyse", ["any"], delay=timedelta(hours=1))
            wait_for(lambda: depth("analyses") == 0, seconds=30, what="a permit in the worker's hands")
            time.sleep(0.3)  # until it waits for the next one
            through.cut()
            time.sleep(0.5)
            through.resume()
            assert process.runs(), f"after {cut + 1} cuts"
        upload_clip()
        wait_for(_all_done, seconds=60, what="work after the cuts")
        assert process.runs()


@pytest.mark.parametrize("refusing", ["read-only", "full"])
def test_a_worker_goes_on_while_redis_answers_and_refuses(
    server: tuple[str, Redis], upload_clip: Upload, refusing: str
) -> None:
    url, redis = server
    with worker_process(url, "-c", "2", heartbeat_seconds="1") as process:
        upload_clip()
        wait_for(_all_done, seconds=60, what="work by permits")
        if refusing == "read-only":
            redis.replicaof("127.0.0.1", "1")  # as after a failover; whoever waits for a message is told so
        else:
            redis.config_set("maxmemory", 1)
            redis.client_kill_filter(_type="normal", skipme=True)
        upload_clip()
        wait_for(_all_done, seconds=60, what="work without permits")
        time.sleep(3)
        assert process.runs()
        redis.replicaof("NO", "ONE")
        redis.config_set("maxmemory", 0)
        wait_for(doorbell.broker.answers, seconds=30, what="a broker that obeys again")
        upload_clip()
        wait_for(lambda: _all_done() and depth("analyses") == 0, seconds=60, what="work by permits again")
        assert process.runs()


def _drained(connection: Connection) -> None:
    try:
        connection.drain_events(timeout=0.2)
    except TimeoutError:
        return


def _begin_to_wait(connection: Connection) -> None:
    """For the next message, as a worker does all the time."""
    connection.transport.cycle.on_poll_start()
    assert connection.default_channel._in_poll


def _all_done() -> bool:
    return not Job.objects.exclude(state=JobState.SUCCESS).exists()
