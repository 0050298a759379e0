"""What a worker asks the database for at each sign of life: little while nothing is to be done, all it must as soon as
anything is."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.models import Application
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.maintenance import upkeep, worker
from media_jobs.maintenance.under_way import anything_under_way
from media_jobs.models import Chore, Job, Media
from media_jobs.pulls.services import pull_upload
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from procedures.selectors import plan_of

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
