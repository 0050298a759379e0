"""The embedded broker's file damaged under a worker that runs: it goes on, and permits come by a new file."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from media_jobs import doorbell
from media_jobs.models import Job, Media, Worker
from media_jobs.states import JobState
from tests.faults.instance import wait_for
from tests.faults.processes import worker_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200), pytest.mark.xdist_group("faults")]


def test_a_worker_survives_the_damage_of_its_brokers_file(broker: str, upload_clip: Callable[..., Media]) -> None:
    path = Path(urlsplit(broker).path)
    with worker_process(broker, "-c", "1", heartbeat_seconds="1"):
        wait_for(Worker.objects.exists, seconds=60, what="the worker's first sign of life")
        path.write_bytes(b"no database at all" * 5000)
        upload_clip()
        wait_for(_all_done, seconds=30, what="the job after the damage")
        wait_for(doorbell.broker.answers, seconds=20, what="a broker with a new file")
        upload_clip()
        wait_for(_all_done, seconds=30, what="the job by the new file")
    assert path.with_suffix(".damaged").exists()


def _all_done() -> bool:
    return not Job.objects.exclude(state=JobState.SUCCESS).exists()
