"""A clock that is set, two hours or a day either way: nothing waits for it to come there again, nothing is lost by it.

Moving every moment in the rows one way is the same as setting the database's clock the other way.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.db.models import F
from django.db.models.functions import Now

from applications.models import Application
from media_jobs import clock
from media_jobs.events.services import confirm_events, event_config, handle_of, modify_event_config, pull_events
from media_jobs.jobs import leases
from media_jobs.jobs.selectors import live_workers
from media_jobs.maintenance import upkeep
from media_jobs.maintenance.ended import worker_ended
from media_jobs.maintenance.moments import mend_events, mend_leases
from media_jobs.models import AnimatedImage, Event, EventConfig, Job, Media, PullTask, Upload, Worker, worker_name
from media_jobs.pulls.leases import claim_pull, try_again
from media_jobs.pulls.services import pull_upload
from media_jobs.states import JobState, UploadState
from media_jobs.uploads.services import Wanted, begin
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)

BACK = timedelta(hours=2)


def _set_back(by: timedelta = BACK) -> None:
    """The clock is so much earlier now than when the rows were written; negative: later."""
    Job.objects.update(not_before=F("not_before") + by, created_at=F("created_at") + by)
    Job.objects.filter(lease_until__isnull=False).update(lease_until=F("lease_until") + by)
    PullTask.objects.update(not_before=F("not_before") + by)
    PullTask.objects.filter(lease_until__isnull=False).update(lease_until=F("lease_until") + by)
    Event.objects.filter(next_at__isnull=False).update(next_at=F("next_at") + by)
    EventConfig.objects.filter(paused_until__isnull=False).update(paused_until=F("paused_until") + by)
    Upload.objects.update(expires_at=F("expires_at") + by)
    Worker.objects.update(seen_at=F("seen_at") + by)


class _Clock:
    """A clock to set, beside time that goes on as it does."""

    def __init__(self) -> None:
        self.now, self.elapsed = datetime(2030, 1, 1, tzinfo=UTC), 1000.0

    def passes(self, seconds: float) -> None:
        self.now, self.elapsed = self.now + timedelta(seconds=seconds), self.elapsed + seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    hands = _Clock()
    watch = clock.Watch(now=lambda: hands.now, elapsed=lambda: hands.elapsed)
    monkeypatch.setattr(leases, "watch", watch)
    monkeypatch.setattr(upkeep, "watch", watch)
    return hands


def _lease_over() -> None:
    Job.objects.filter(state=JobState.PROCESSING).update(lease_until=Now() - timedelta(seconds=1))


def test_what_waits_when_the_clock_is_set_back_begins_at_once(uploaded: Media) -> None:
    _set_back()
    assert leases.claimable().count() == 1
    assert leases.claim(worker="w")


def test_a_job_that_was_put_off_before_the_clock_was_set_back_waits_no_longer_than_any(uploaded: Media) -> None:
    lease = leases.claim(worker="w")
    assert lease
    leases.postpone(lease, delay=timedelta(days=1), message="The disk is full.")
    assert Job.objects.filter(not_before__lt=Now() + leases.LONGEST_DELAY).exists()
    _set_back()
    mend_leases()
    assert leases.claim(worker="w")


def test_a_dead_workers_job_comes_back_after_a_lease_though_the_clock_was_set_back(
    uploaded: Media, settings: LazySettings
) -> None:
    lease = leases.claim(worker="w")
    assert lease
    _set_back()
    mend_leases()
    job = Job.objects.get(pk=lease.job_id)
    assert job.lease_until and job.lease_until <= clock.database_now() + settings.ZOETROPE_LEASE
    leases.renew(lease, progress=1)
    _lease_over()
    leases.sweep()
    assert leases.claimable().count() == 1


def test_a_clock_that_is_set_ahead_takes_no_job_from_a_worker_that_lives(uploaded: Media, hands: _Clock) -> None:
    lease = leases.claim(worker="w")
    assert lease
    leases.sweep()
    hands.passes(5)
    _set_back(-BACK)
    hands.now += BACK
    leases.sweep()
    assert leases.claimable().count() == 0
    leases.renew(lease, progress=1)
    hands.passes(60)
    leases.sweep()
    assert leases.succeed(lease)


def test_a_pull_that_waits_for_its_next_try_or_was_taken_by_the_dead_goes_on(application: Application) -> None:
    pull_upload(application=application, url="http://files.example/a.mp4", wanted=Wanted(name=""))
    lease = claim_pull()
    assert lease
    try_again(lease, message="It broke off.")
    _set_back()
    mend_leases()
    again = claim_pull()
    assert again
    _set_back()
    mend_leases()
    assert PullTask.objects.filter(lease_until__lt=Now() + timedelta(minutes=1)).exists()


def test_events_handed_out_before_the_clock_was_set_back_come_again(application: Application) -> None:
    modify_event_config(application=application, fields={"mode": "PULL"})
    for number in range(3):
        Event.objects.create(
            application=application, type=Event.Type.FILE_DELETED, subject=f"{number}", transition="t", content={}
        )
    first = pull_events(application=application, wait=0)
    confirm_events(application=application, handles=[handle_of(first[0])])
    _set_back()
    assert not pull_events(application=application, wait=0)
    mend_events(clock_was_set=True)
    assert {event.pk for event in pull_events(application=application, wait=0)} == {event.pk for event in first[1:]}


def test_a_try_and_a_pause_of_seconds_dont_become_hours(application: Application) -> None:
    event_config(application)
    soon = Now() + timedelta(seconds=5)
    event = Event.objects.create(
        application=application, type=Event.Type.FILE_DELETED, subject="1", transition="t", content={}, attempts=1
    )
    Event.objects.update(next_at=soon)
    later = Event.objects.create(
        application=application, type=Event.Type.FILE_DELETED, subject="2", transition="t", content={}, attempts=6
    )
    Event.objects.filter(pk=later.pk).update(next_at=Now() + timedelta(hours=9))
    EventConfig.objects.update(paused_until=soon)
    _set_back()
    mend_events(clock_was_set=True)
    assert Event.objects.get(pk=event.pk).next_at <= clock.database_now()  # type: ignore[operator]
    assert Event.objects.get(pk=later.pk).next_at > clock.database_now() + timedelta(hours=8)  # type: ignore[operator]
    assert EventConfig.objects.get().paused_until is None


def test_a_worker_that_died_before_the_clock_was_set_back_isnt_alive_for_hours() -> None:
    Worker.objects.create(name="a", slots=1, seen_at=Now())
    assert live_workers().exists()
    _set_back()
    assert not live_workers().exists()


def test_a_clock_a_day_ahead_for_a_moment_ends_no_upload(application: Application, hands: _Clock) -> None:
    upload = begin(application=application, wanted=Wanted(name="a.mp4", length=10), door="tus")
    upkeep.upkeep()
    hands.passes(10)
    hands.now += timedelta(days=2)
    _set_back(-timedelta(days=2))
    upkeep.upkeep()
    assert Upload.objects.get(pk=upload.pk).state == UploadState.OPEN
    hands.now -= timedelta(days=2)
    _set_back(timedelta(days=2))
    upkeep.upkeep()
    assert Upload.objects.get(pk=upload.pk).state == UploadState.OPEN


def test_the_watch_tells_a_clock_that_was_set_from_time_that_passes(hands: _Clock) -> None:
    watch, minute = clock.Watch(now=lambda: hands.now, elapsed=lambda: hands.elapsed), timedelta(minutes=1)
    for step, times in ((0.0, 0), (7200.0, 1), (0.0, 1), (-7200.0, 2), (3.0, 2)):
        watch.look()
        hands.passes(10)
        hands.now += timedelta(seconds=step)
        watch.look()
        assert watch.times_set == times
    assert not watch.steady_for(minute)
    hands.passes(60)
    assert watch.steady_for(minute)


# --- Whose lease it is ----------------------------------------------------------------------------------------------
def test_a_lease_that_is_renewed_while_the_sweep_looks_stays(uploaded: Media) -> None:
    lease = leases.claim(worker="w")
    assert lease
    _lease_over()
    seen_by_the_sweep = Job.objects.get(pk=lease.job_id)
    leases.renew(lease, progress=1)
    over = leases.Q(lease_until__lt=Now())
    assert not leases._give_up_on_worker(seen_by_the_sweep, if_still=over)
    assert leases.succeed(lease)


def test_a_worker_that_is_known_to_have_died_has_its_jobs_and_transfers_handed_back_at_once(
    uploaded: Media, application: Application, upload_clip: Callable[..., Media]
) -> None:
    upload_clip()
    pull_upload(application=application, url="http://files.example/a.mp4", wanted=Wanted(name=""))
    mine, others = leases.claim(worker=worker_name()), leases.claim(worker="other:1")
    assert mine
    assert others
    assert claim_pull()
    Worker.objects.create(name=worker_name(), slots=1)
    worker_ended(0)
    assert list(leases.claimable().values_list("pk", flat=True)) == [mine.job_id]
    assert claim_pull()
    assert not Worker.objects.exists()
    assert leases.succeed(others)
    assert not leases.succeed(mine)
    assert isinstance(mine.token, uuid.UUID)


def test_a_worker_host_whose_clock_is_ahead_dates_its_pictures_by_the_databases_clock(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload_clip(procedure=procedure.name)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=90)):
        run_jobs()
    assert AnimatedImage.objects.count() == 2
    assert not AnimatedImage.objects.filter(created_at__gt=Now()).exists()
