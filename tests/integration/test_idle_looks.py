"""What a worker asks the database for at each sign of life: little while nothing is to be done, all it must as soon as
anything is."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Application
from media_jobs.batches import walk
from media_jobs.batches.selection import Selection
from media_jobs.batches.selectors import open_batches
from media_jobs.batches.services import create_batch
from media_jobs.maintenance import upkeep, worker
from media_jobs.maintenance.under_way import anything_under_way
from media_jobs.models import Batch, Chore, Job, Media
from media_jobs.pulls.services import pull_upload
from media_jobs.states import BatchState
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from procedures.selectors import plan_of
from tests.bench.steps import steps_counted

pytestmark = pytest.mark.django_db


def test_an_idle_worker_asks_two_things_at_a_sign_of_life_also_after_much_work(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload_clip(procedure=procedure.name)
    run_jobs()
    worker.sign_of_life(slots=1)
    with CaptureQueriesContext(connection) as asked:
        worker.sign_of_life(slots=1)
        worker.see_to_work(slots=1)
    assert len(asked) == 2, [one["sql"] for one in asked]


def test_upkeep_of_an_idle_instance_looks_at_its_chores_once() -> None:
    upkeep.upkeep()
    assert {"expiry", "garbage", "retention"} <= set(Chore.objects.exclude(done_at=None).values_list("name", flat=True))
    with CaptureQueriesContext(connection) as asked:
        upkeep.upkeep()
    assert len(asked) <= 3, [one["sql"] for one in asked]


@pytest.mark.parametrize("state", [Job.objects.model._meta.get_field("state").default, "PROCESSING"])
def test_a_job_that_waits_or_runs_is_seen_to(uploaded: Media, state: str) -> None:
    Job.objects.update(state=state)
    assert anything_under_way()


def test_a_pull_and_a_batch_are_seen_to(
    application: Application, procedure: Procedure, uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    assert not anything_under_way()
    pull = pull_upload(application=application, url="http://files.example/a.mp4", wanted=Wanted(name=""))
    assert anything_under_way()
    type(pull).objects.all().delete()
    assert not anything_under_way()
    create_batch(application=application, selection=Selection(), plan=plan_of(procedure))
    run_jobs()
    assert anything_under_way()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="steps are SQLite's; test_plans.py has PostgreSQL's plans")
def test_a_heartbeat_reads_no_batch_that_has_ended(application: Application, uploaded: Media) -> None:
    """While there was any work each worker read every batch that is remembered."""
    facts = {"application": application, "total": 1, "up_to": uploaded.pk}
    ended = {**facts, "state": BatchState.FINISHED, "finished_at": timezone.now(), "figures": {}}
    read = []
    for number in (1, 2000):
        Batch.objects.bulk_create(Batch(**ended) for _ in range(number))
        with steps_counted() as steps:
            walk.go_on()
            open_batches(application).count()
        read.append(steps[0])
    assert read[1] <= read[0] + 100
    open_one = Batch.objects.create(**facts, state=BatchState.RUNNING)
    walk.go_on()
    open_one.refresh_from_db()
    assert open_one.state == BatchState.FINISHED
