"""An application is terminated: nothing is made for it any more, it can be taken back for a while, then all goes."""

import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from applications.audit.entries import record
from applications.errors import Conflict
from applications.models import AllowedOrigin, Application, AuditEntry, Membership, User
from applications.services.applications import (
    Terminated,
    create_application,
    modify_application,
    set_application_status,
)
from applications.services.keys import issue_access_token
from applications.services.termination import begin_clearing, take_back, terminate_application
from config.checks import check_settings
from config.observing.diagnosis import diagnosis
from media_jobs.events.services import modify_event_config
from media_jobs.jobs import leases
from media_jobs.jobs.run import run
from media_jobs.jobs.services import submit_task
from media_jobs.maintenance import clearing, retention
from media_jobs.maintenance.cleaning import finish_uploads
from media_jobs.maintenance.clearing import clear, clear_terminated, remains_of, terminate
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Batch, Event, Job, Media, ProcedureTask, PullTask, Upload
from media_jobs.pulls.services import pull_upload
from media_jobs.states import JobState, TaskStatus
from media_jobs.store import storage
from media_jobs.store.storage import LocalDisk, url_of
from media_jobs.uploads import services as uploads
from procedures.plan import StepInput, plan_from
from tests.integration.crowd import Crowd
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """As kill −9: nothing behind it is done, whoever would catch an Exception."""


@pytest.fixture
def second(owner: User, application: Application) -> Application:
    return create_application(name="Second", owner=owner, app_id=1500000007)


@pytest.fixture
def full(
    second: Application, owner: User, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> Application:
    """With something of each kind, switched off."""
    crowd = Crowd(second, owner, partial(upload_clip, into=second), run_jobs)
    crowd.grow(2)
    AllowedOrigin.objects.create(application=second, origin="https://shop.example")
    modify_event_config(application=second, fields={"delete_complete": True})
    record(user=owner, door="console", action="kept", application=second, address="")
    return set_application_status(application=second, status="Off")


@pytest.fixture
def queued(second: Application, upload_clip: Callable[..., Media]) -> Iterator[ProcedureTask]:
    """A task of two jobs that wait."""
    media = upload_clip(into=second)
    steps = [StepInput(definition=20000, end=1.0), StepInput(definition=20001, end=1.0)]
    yield submit_task(media=media, plan=plan_from(second, steps))


def _off(application: Application) -> Application:
    return set_application_status(application=application, status="Off")


def _over(application: Application) -> Application:
    """Its waiting period is over."""
    Application.objects.filter(pk=application.pk).update(terminates_at=Now() - timedelta(seconds=1))
    application.refresh_from_db()
    return application


def _files(data_dir: Path, application: Application) -> list[Path]:
    return [path for path in (data_dir / "storage" / str(application.app_id)).rglob("*") if path.is_file()]


def test_what_waits_is_cancelled_at_once_and_told_and_nothing_more_is_made(
    second: Application, queued: ProcedureTask, run_jobs: Callable[[], int]
) -> None:
    pull = pull_upload(application=second, url="http://files.example/x.mp4", wanted=uploads.Wanted(name=""))
    terminate(application=_off(second))
    queued.refresh_from_db()
    pull.refresh_from_db()
    assert (queued.status, pull.status) == (TaskStatus.ABORTED, TaskStatus.ABORTED)
    assert Event.objects.filter(application=second, subject=queued.task_id, transition="ended").count() == 1
    run_jobs()
    assert not AnimatedImage.objects.exists()
    assert not list(violations())


def test_a_job_that_runs_ends_at_its_next_sign_of_life(second: Application, queued: ProcedureTask) -> None:
    lease = leases.claim(worker="test", kinds=[Job.Kind.ANIMATE])
    assert lease
    terminate(application=_off(second))
    with pytest.raises(leases.AbortRequested):
        leases.renew(lease, progress=1)


def test_a_job_that_is_claimed_after_the_termination_makes_nothing(second: Application, queued: ProcedureTask) -> None:
    terminate_application(application=_off(second))  # a process that died before it called anything off
    while lease := leases.claim(worker="test", kinds=[Job.Kind.ANIMATE]):
        run(lease, stopping=threading.Event())
    queued.refresh_from_db()
    assert (queued.status, AnimatedImage.objects.count()) == (TaskStatus.ABORTED, 0)


def test_of_many_tasks_those_that_the_request_had_no_time_for_end_with_the_next_turn(
    second: Application, queued: ProcedureTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "_IN_A_REQUEST", 2)
    plan = plan_from(second, [StepInput(definition=20000, end=1.0)])
    for _ in range(4):
        submit_task(media=queued.media, plan=plan)
    terminate(application=_off(second))
    assert 0 < second.tasks.filter(status=TaskStatus.WAITING).count() < 5
    clear_terminated()
    assert not second.tasks.filter(status=TaskStatus.WAITING).exists()
    assert second.media.filter(deleted_at=None).count() == 1


def test_it_takes_two_steps_and_the_primary_one_stays(second: Application, application: Application) -> None:
    for one in (second, application):
        with pytest.raises(Conflict):
            terminate(application=one)
    with pytest.raises(Conflict):
        take_back(application=second)
    terminate(application=_off(second))
    for again in (
        lambda: terminate(application=second),
        lambda: set_application_status(application=second, status="On"),
        lambda: modify_application(application=second, name="Other"),
    ):
        with pytest.raises(Terminated):
            again()
    _off(application)
    with pytest.raises(Conflict):
        terminate(application=application)


def test_within_the_waiting_period_all_is_kept_and_comes_back(
    full: Application, data_dir: Path, owner: User, client: Client
) -> None:
    files, media = _files(data_dir, full), full.media.filter(deleted_at=None).count()
    terminate(application=full)
    for _ in range(3):
        clear_terminated()
    kept = take_back(application=full)
    assert (kept.status, kept.terminates_at) == ("Off", None)
    set_application_status(application=kept, status="On")
    assert (_files(data_dir, full), full.media.filter(deleted_at=None).count()) == (files, media)
    api = Api(issue_access_token(user=owner, application=full)[1])
    assert api.get("media")["count"] == media
    assert client.get(url_of(full.media.first().storage_key)).status_code == 200  # type: ignore[union-attr]
    clear_terminated()
    assert full.media.filter(deleted_at=None).count() == media
    assert not list(violations())


def test_an_upload_that_had_arrived_waits_for_the_application_to_come_back(second: Application, clip: Path) -> None:
    wanted = uploads.Wanted(name="clip.mp4", length=clip.stat().st_size)
    begun = uploads.begin(application=second, wanted=wanted, door="tus")
    uploads.append(upload_id=begun.id, offset=0, source=io.BytesIO(clip.read_bytes()))
    Upload.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    terminate(application=_off(second))
    finish_uploads()
    assert not Media.objects.exists()
    take_back(application=second)
    finish_uploads()
    assert Media.objects.count() == 1


def test_once_the_time_is_over_nothing_is_left_but_the_audit_log(full: Application, data_dir: Path) -> None:
    others = {kind: kind._base_manager.count() for kind in (User, Application)}
    assert len(remains_of(full)) > 15, "the crowd has nearly every kind"
    terminate(application=full)
    _over(full)
    clear_terminated()
    full.refresh_from_db()
    assert (remains_of(full), full.status) == ([], "Destroyed")
    assert not _files(data_dir, full)
    assert [entry.action for entry in AuditEntry.objects.filter(application=full)] == ["application-cleared", "kept"]
    assert {kind: kind._base_manager.count() for kind in (User, Application)} == others
    assert not list(violations())
    clear_terminated()
    with pytest.raises(Conflict):
        take_back(application=full)


def test_others_lose_nothing(
    full: Application, upload_clip: Callable[..., Media], run_jobs: Callable[[], int], data_dir: Path
) -> None:
    theirs = upload_clip()
    run_jobs()
    terminate(application=full)
    _over(full)
    clear_terminated()
    theirs.refresh_from_db()
    assert theirs.deleted_at is None
    assert storage.storage().exists(theirs.storage_key)
    assert Membership.objects.filter(application=theirs.application).count() == 1


def test_killed_after_any_piece_the_next_turn_goes_on(full: Application, data_dir: Path) -> None:
    """A piece at a time, so that each turn ends somewhere else."""
    terminate(application=full)
    _over(full)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(clearing, "_A_TURN", 1)
        small.setattr(clearing, "_AT_ONCE", 1)
        turns = 0
        while Application.objects.get(pk=full.pk).status != "Destroyed":
            clear_terminated()
            turns += 1
            assert turns < 2000
    assert turns > 20
    assert not _files(data_dir, full)
    assert not list(violations())


def test_files_that_a_death_left_behind_their_rows_go_with_the_application(
    full: Application, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminate(application=full)
    _over(full)
    deaths = 3

    def die(store: LocalDisk, key: str) -> None:
        raise Killed

    for _ in range(deaths):
        with monkeypatch.context() as dying, pytest.raises(Killed):
            dying.setattr(LocalDisk, "delete", die)
            clear_terminated()
    assert _files(data_dir, full), "rows went, their files didn't"
    clear_terminated()
    assert Application.objects.get(pk=full.pk).status == "Destroyed"
    assert not _files(data_dir, full)


def test_it_waits_for_a_job_that_a_worker_has(second: Application, queued: ProcedureTask) -> None:
    lease = leases.claim(worker="test", kinds=[Job.Kind.ANIMATE])
    assert lease
    terminate(application=_off(second))
    _over(second)
    clear_terminated()
    assert Application.objects.get(pk=second.pk).status == "Destroying"
    assert Job.objects.get(pk=lease.job_id).state == JobState.PROCESSING
    with pytest.raises(Conflict):
        take_back(application=second)
    leases.abort(lease)
    clear_terminated()
    assert Application.objects.get(pk=second.pk).status == "Destroyed"


def test_a_clock_that_is_set_back_doesnt_bring_back_what_is_being_cleared(full: Application) -> None:
    terminate(application=full)
    _over(full)
    assert begin_clearing(application=full)
    Application.objects.filter(pk=full.pk).update(terminates_at=Now() + timedelta(days=3))
    with pytest.raises(Conflict):
        take_back(application=full)
    clear_terminated()
    assert Application.objects.get(pk=full.pk).status == "Destroyed"


def test_the_row_goes_with_its_last_audit_entry(full: Application, settings: LazySettings) -> None:
    terminate(application=full)
    _over(full)
    clear_terminated()
    long_ago = timezone.now() - settings.ZOETROPE_KEEP_AUDIT - timedelta(days=1)
    Application.objects.filter(pk=full.pk).update(updated_at=long_ago)
    retention._places.clear()
    retention.prune()
    assert Application.objects.filter(pk=full.pk).exists()
    AuditEntry.objects.filter(application=full).update(at=long_ago)
    gone = retention.prune()
    assert gone == {"audit entries": 2, "destroyed applications": 1}
    assert not Application.objects.filter(pk=full.pk).exists()


def test_every_kind_of_row_that_an_application_has_is_cleared(full: Application) -> None:
    """A table that is added later is in the crowd, and has its step, or this fails."""
    empty = {kind.__name__ for kind in clearing._kinds()} - set(remains_of(full))
    assert empty <= {"QueueHead", "Preview", "StudioFile", "SnapshotTemplate", "Sibling"}, "the crowd has one of each"


def test_doctor_and_verify_know_of_it(full: Application, settings: LazySettings) -> None:
    def told() -> str:
        out = StringIO()
        call_command("doctor", stdout=out)
        return out.getvalue()

    terminate(application=full)
    assert f"application {full.app_id}" in told()
    Application.objects.filter(pk=full.pk).update(terminates_at=Now() - timedelta(days=2))
    advice = [text for section in diagnosis() for text in section.advice]
    assert any("isn't cleared" in text for text in advice)
    Application.objects.filter(pk=full.pk).update(status="Destroyed")
    assert any("still has" in text and "Media" in text for text in violations())
    Application.objects.filter(pk=full.pk).update(status="On", clearing_since=Now())
    assert any("cleared in part" in text for text in violations())
    settings.ZOETROPE_TERMINATION = timedelta(hours=1)
    assert any(message.id == "zoetrope.E024" for message in check_settings())


def test_batches_end_with_it(full: Application) -> None:
    terminate(application=full)
    clear_terminated()
    assert not Batch.objects.filter(application=full, state__in=("starting", "running")).exists()
    assert not PullTask.objects.filter(application=full, status=TaskStatus.WAITING).exists()
    assert clear(full, room=0) == 0
