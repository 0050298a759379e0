"""Permits that get lost, come late or find nothing: the rows are the queue, and the work is done."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from celery import current_app

from applications.models import Application
from media_jobs import doorbell
from media_jobs.jobs import leases
from media_jobs.maintenance import worker
from media_jobs.models import Job, Media, Worker
from media_jobs.states import JobState
from procedures.models import Procedure
from procedures.services import StepInput, create_procedure
from templates_app.services import create_template
from tests.brokers import depth, using_broker, wipe
from tests.faults.instance import wait_for
from tests.faults.processes import Killable, worker_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200), pytest.mark.xdist_group("faults")]

Upload = Callable[..., Media]
PICTURES = ["animate", "cover"]


@pytest.fixture
def rare(broker: str) -> Iterator[Killable]:
    """A worker that looks for missing permits at its start, and then not again for as long as a test takes."""
    with worker_process(broker, "-c", "2", heartbeat_seconds="60") as process:
        wait_for(Worker.objects.exists, seconds=60, what="the worker's first sign of life")
        yield process


def ended() -> bool:
    return not Job.objects.exclude(state=JobState.SUCCESS).exists()


def test_each_job_has_a_permit_in_the_queue_of_its_kind(broker: str, upload_clip: Upload, procedure: Procedure) -> None:
    upload_clip(procedure=procedure.name)
    assert (depth("pictures"), depth("analyses")) == (2, 1)


@pytest.mark.parametrize("kind", [*Job.Kind.values, doorbell.PULL, doorbell.DELIVER])
def test_all_there_is_to_do_has_a_queue(kind: str) -> None:
    assert kind in doorbell.kinds_of(doorbell.queue_of(kind))


def test_permits_that_a_wiped_broker_lost_are_issued_again(
    broker: str, upload_clip: Upload, procedure: Procedure
) -> None:
    upload_clip(procedure=procedure.name)
    wipe()
    assert depth("pictures") == 0
    with worker_process(broker, "-c", "2"):
        wait_for(ended, seconds=60, what="jobs whose permits were lost")


def test_a_worker_does_what_its_queues_say(broker: str, upload_clip: Upload, procedure: Procedure) -> None:
    upload_clip(procedure=procedure.name)
    with worker_process(broker, "-Q", "analyses", heartbeat_seconds="1"):
        wait_for(lambda: Job.objects.filter(state="SUCCESS", kind="analyse").exists(), seconds=60, what="the analysis")
        time.sleep(2.5)  # two looks for missing permits
    assert set(Job.objects.filter(kind="animate").values_list("state", flat=True)) == {"WAITING"}
    assert depth("pictures") == 2


def test_permits_too_many_end_at_once_and_stand_in_nobodys_way(
    rare: Killable, upload_clip: Upload, procedure: Procedure
) -> None:
    doorbell.issue_permits("animate", [uuid4() for _ in range(50)])
    wait_for(lambda: depth("pictures") == 0, seconds=20, what="an empty queue")
    upload_clip(procedure=procedure.name)
    wait_for(ended, seconds=30, what="the jobs that came afterwards")


def test_a_permit_that_finds_nothing_says_so(db: None) -> None:
    assert worker.take_turn(queue="pictures", permit_id="any") == ""
    assert worker.take_transfer(permit_id="any") == ""


def test_a_permit_is_good_for_one_job_of_its_queue(upload_clip: Upload, procedure: Procedure) -> None:
    upload_clip(procedure=procedure.name)
    done = worker.take_turn(queue="pictures", permit_id="any")
    begun = Job.objects.exclude(state=JobState.WAITING).get()
    assert (str(begun.pk), begun.kind) == (done, "animate")


def test_while_the_broker_is_away_who_works_goes_on_without_permits(upload_clip: Upload, procedure: Procedure) -> None:
    upload_clip(procedure=procedure.name)
    doorbell.broker.away.set()
    try:
        worker.take_turn(queue="pictures", permit_id="any")
    finally:
        doorbell.broker.away.clear()
    assert not leases.claimable(PICTURES).exists()
    assert leases.claimable(["analyse"]).exists()


def test_a_job_that_takes_longer_than_celerys_time_limit_fails_and_says_so(
    upload_clip: Upload, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = create_template(
        application=application, fields={"name": "Large", "format": "webp", "width": 1920, "height": 1080, "fps": 60}
    )
    create_procedure(application=application, name="large", steps=[StepInput(definition=large.definition)])
    upload_clip(procedure="large")
    monkeypatch.setitem(current_app.conf, "task_time_limit", 0.5)
    done = Job.objects.get(pk=worker.take_turn(queue="pictures", permit_id="any"))
    assert done.state == JobState.FAIL
    assert "0.5 seconds" in done.message


def test_a_stopping_worker_begins_nothing(upload_clip: Upload) -> None:
    upload_clip()
    worker.stopping.set()
    try:
        assert worker.take_turn(queue="analyses", permit_id="any") == ""
    finally:
        worker.stopping.clear()
    assert leases.claimable().exists()


def test_a_postponed_job_comes_back_by_the_countdown_of_its_permit(rare: Killable, upload_clip: Upload) -> None:
    lease = _claim_before_the_worker(upload_clip)
    began = time.monotonic()
    leases.postpone(lease, delay=timedelta(seconds=3), message="Waiting for the machine.")
    wait_for(ended, seconds=20, what="the postponed job")
    assert time.monotonic() - began >= 3


def test_a_job_that_is_handed_back_goes_on_at_once(rare: Killable, upload_clip: Upload) -> None:
    lease = _claim_before_the_worker(upload_clip)
    leases.hand_back(lease)
    wait_for(ended, seconds=15, what="the job that was handed back")


def _claim_before_the_worker(upload_clip: Upload) -> leases.Lease:
    """Its permit waits behind others that find nothing, or finds nothing itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doorbell.broker, "tell", lambda speak: None)
        upload_clip()
    lease = leases.claim(worker="test")
    assert lease
    return lease


def test_a_broker_that_is_away_fails_no_upload_and_is_not_asked_at_every_turn(
    broker: str, upload_clip: Upload, procedure: Procedure
) -> None:
    with using_broker("amqp://guest:guest@127.0.0.1:1//"):
        began = time.monotonic()
        for _ in range(3):
            upload_clip(procedure=procedure.name)
        assert time.monotonic() - began < 10
        wait_for(doorbell.broker.away.is_set, seconds=10, what="the broker that is away to be noticed")
    assert leases.claimable().count() == 9
