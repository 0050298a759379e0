"""The life of a job: one owner at a time, an end for everything, nothing published twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, OperationalError, connection, transaction

from animator.core.errors import ContentMalformed, EngineError, SandboxCrashed, SandboxKilled, SandboxLost
from applications.models import Application
from media_jobs.jobs import leases, publishing, run
from media_jobs.jobs.leases import AbortRequested, Lease, LeaseLost
from media_jobs.jobs.memory import Room
from media_jobs.jobs.services import MediaNotReady, TaskDuplicated, cancel_task, retry_task, submit_task
from media_jobs.jobs.sources import source_of
from media_jobs.library.services import delete_media
from media_jobs.maintenance.verify import unfinished, violations
from media_jobs.models import AnimatedImage, Job, Media, ProcedureTask
from media_jobs.states import ENDED, TRANSITIONS, JobState, TaskStatus
from media_jobs.store.storage import storage
from procedures.models import Procedure
from procedures.plan import StepInput, plan_from
from procedures.selectors import plan_of
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields
from templates_app.services import create_template, modify_template

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(uploaded: Media, procedure: Procedure) -> ProcedureTask:
    """Two animated images to make; the upload's analysis is out of the way."""
    uploaded.jobs.all().delete()
    return submit_task(media=uploaded, plan=plan_of(procedure))


def _claim() -> Lease:
    lease = leases.claim(worker="w1")
    assert lease is not None
    return lease


def _expire(lease: Lease) -> None:
    Job.objects.filter(pk=lease.job_id).update(lease_until="2020-01-01T00:00:00Z")


def _states(task: ProcedureTask) -> list[str]:
    return list(task.jobs.order_by("position").values_list("state", flat=True))


def _run(lease: Lease) -> None:
    run.run(lease, stopping=threading.Event())


def test_a_claimed_job_is_nobody_elses(task: ProcedureTask) -> None:
    first, second = _claim(), _claim()
    assert first.job_id != second.job_id
    assert leases.claim(worker="w2") is None
    task.refresh_from_db()
    assert task.status == TaskStatus.PROCESSING
    assert task.began_at is not None


def test_twenty_workers_never_take_the_same_job(uploaded: Media, gif_template: AnimatedImageTemplate) -> None:
    uploaded.jobs.all().delete()
    Job.objects.bulk_create(
        Job(application=uploaded.application, media=uploaded, kind=Job.Kind.ANALYSE) for _ in range(60)
    )
    taken: list[Lease] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while lease := leases.claim(worker="w"):
                taken.append(lease)
                leases.succeed(lease)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert Counter(lease.job_id for lease in taken).most_common(1)[0][1] == 1
    assert unfinished() == (0, 0)


def test_applications_take_turns_and_within_one_more_urgent_work_goes_first(
    upload_clip: Callable[..., Media], application: Application, other_application: Application
) -> None:
    crowd, single = upload_clip(), upload_clip(into=other_application)
    Job.objects.all().delete()
    for media, priority, count in ((crowd, 0, 5), (single, 0, 1), (crowd, 3, 1)):
        for _ in range(count):
            Job.objects.create(application=media.application, media=media, kind=Job.Kind.ANALYSE, priority=priority)
    order = [Job.objects.get(pk=_claim().job_id) for _ in range(3)]
    assert [(job.priority, job.application) for job in order] == [
        (0, other_application),
        (3, application),
        (0, application),
    ]


def test_a_silent_workers_job_is_done_by_another_and_the_late_owner_is_refused(task: ProcedureTask) -> None:
    lost = _claim()
    _expire(lost)
    leases.sweep()
    assert leases.claimable().count() == 2
    again = _claim()
    assert (again.job_id, again.attempt) == (lost.job_id, 2)
    with pytest.raises(LeaseLost):
        leases.renew(lost, progress=50)
    assert not leases.succeed(lost)
    assert not leases.fail(lost, err_code="InternalError", message="late")
    assert leases.succeed(again)


def test_a_renewed_lease_is_left_alone(task: ProcedureTask) -> None:
    lease = _claim()
    leases.renew(lease, progress=41)
    leases.sweep()
    job = Job.objects.get(pk=lease.job_id)
    assert (job.state, job.progress) == (JobState.PROCESSING, 41)


def test_a_job_whose_child_crashes_twice_fails_with_a_code(task: ProcedureTask, settings: LazySettings) -> None:
    for _ in range(settings.ZOETROPE_MAX_CRASHES):
        Job.objects.filter(state=JobState.WAITING).update(not_before="2020-01-01T00:00:00Z")
        leases.crashed(_claim(), err_code="SourceFileError.ContentMalformed", message="The decoder died.")
    job = task.jobs.order_by("position")[0]
    assert (job.state, job.err_code, job.crashes) == (JobState.FAIL, "SourceFileError.ContentMalformed", 2)
    assert not list(violations())


def test_a_job_that_takes_worker_after_worker_with_it_ends(task: ProcedureTask, settings: LazySettings) -> None:
    settings.ZOETROPE_MAX_ATTEMPTS = 3
    for _ in range(3):
        _expire(_claim())
        leases.sweep()
    assert _states(task) == [JobState.FAIL, JobState.WAITING]


def test_a_postponed_or_handed_back_job_burns_no_attempt(task: ProcedureTask) -> None:
    first = _claim()
    leases.hand_back(first)
    again = _claim()
    assert again == Lease(job_id=first.job_id, token=again.token, attempt=1)
    leases.postpone(again, delay=timedelta(hours=1), message="The disk is full.")
    assert Job.objects.get(pk=first.job_id).attempts == 0
    assert _claim().job_id != first.job_id


def test_a_task_ends_with_its_last_job_even_if_some_failed(task: ProcedureTask) -> None:
    leases.fail(_claim(), err_code="InternalError", message="no")
    task.refresh_from_db()
    assert task.status == TaskStatus.PROCESSING
    leases.succeed(_claim())
    task.refresh_from_db()
    assert task.status == TaskStatus.FINISH
    assert task.finished_at is not None


def test_cancelling_ends_what_waits_and_stops_what_runs(task: ProcedureTask) -> None:
    running = _claim()
    assert cancel_task(task=task)
    assert _states(task) == [JobState.PROCESSING, JobState.ABORTED]
    with pytest.raises(AbortRequested):
        leases.renew(running, progress=10)
    leases.abort(running)
    task.refresh_from_db()
    assert task.status == TaskStatus.ABORTED
    assert not cancel_task(task=task)


def test_a_cancelled_task_can_be_tried_again(task: ProcedureTask, run_jobs: Callable[[], int]) -> None:
    cancel_task(task=task)
    again = retry_task(task=task)
    run_jobs()
    again.refresh_from_db()
    assert again.status == TaskStatus.FINISH
    assert [job.plan for job in again.jobs.all()] == [job.plan for job in task.jobs.all()]
    assert AnimatedImage.objects.filter(job__task=again).count() == 2


def test_editing_a_template_does_not_touch_a_submitted_task(
    task: ProcedureTask, gif_template: AnimatedImageTemplate, run_jobs: Callable[[], int]
) -> None:
    modify_template(template=gif_template, fields={"width": 256, "format": "webp"})
    run_jobs()
    image = AnimatedImage.objects.get(job__task=task, job__position=0)
    assert (image.container, image.width) == ("gif", 160)


def test_a_second_run_overwrites_nothing(uploaded: Media, procedure: Procedure, run_jobs: Callable[[], int]) -> None:
    for _ in range(2):
        submit_task(media=uploaded, plan=plan_of(procedure))
        run_jobs()
    images = AnimatedImage.objects.filter(media=uploaded)
    assert images.count() == 4
    assert all(storage().exists(image.storage_key) for image in images)
    assert len({image.md5 for image in images}) == 2


@pytest.mark.parametrize("error", [ContentMalformed("It is broken."), EngineError("A fault.")])
def test_an_engine_error_is_final_and_shown(
    task: ProcedureTask, monkeypatch: pytest.MonkeyPatch, error: EngineError
) -> None:
    _engine_raises(monkeypatch, error)
    _run(_claim())
    job = task.jobs.order_by("position")[0]
    assert (job.state, job.err_code, job.message) == (JobState.FAIL, error.code, str(error))


def test_a_crash_or_a_full_disk_is_tried_again(task: ProcedureTask, monkeypatch: pytest.MonkeyPatch) -> None:
    _engine_raises(monkeypatch, SandboxCrashed("The decoder died.", signal=11))
    lease = _claim()
    _run(lease)
    job = Job.objects.get(pk=lease.job_id)
    assert (job.state, job.crashes) == (JobState.WAITING, 1)
    _engine_raises(monkeypatch, OSError(28, "No space left on device"))
    lease = _claim()
    _run(lease)
    job = Job.objects.get(pk=lease.job_id)
    assert (job.state, job.crashes, job.attempts) == (JobState.WAITING, 0, 0)


def test_a_lost_codec_server_costs_attempts_and_at_the_last_it_fails(
    task: ProcedureTask, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_ATTEMPTS = 2
    _engine_raises(monkeypatch, SandboxLost("The process that runs the codecs died during the job."))
    lease = _claim()
    _run(lease)
    job = Job.objects.get(pk=lease.job_id)
    assert (job.state, job.crashes, job.attempts) == (JobState.WAITING, 0, 1)
    Job.objects.exclude(pk=job.pk).delete()
    Job.objects.update(not_before="2020-01-01T00:00:00Z")
    leases.sweep()
    _run(_claim())
    job.refresh_from_db()
    assert (job.state, job.err_code) == (JobState.FAIL, "InternalError")


@pytest.mark.parametrize(("others", "crashes"), [(0, 1), (1, 0)])
def test_a_job_that_memory_ran_out_for_is_to_blame_only_when_it_ran_alone(
    task: ProcedureTask, monkeypatch: pytest.MonkeyPatch, others: int, crashes: int
) -> None:
    room = Room()
    monkeypatch.setattr(run, "room", room)
    _engine_raises(monkeypatch, SandboxKilled("The system killed it."))
    with ExitStack() as places:
        for _ in range(1 + others):
            assert places.enter_context(room.place(threading.Event()))
        lease = _claim()
        _run(lease)
    job = Job.objects.get(pk=lease.job_id)
    assert (job.state, job.crashes, job.attempts) == (JobState.WAITING, crashes, 1)


def test_after_memory_ran_short_jobs_run_one_at_a_time_and_a_stopping_worker_waits_for_none() -> None:
    room, stopping = Room(), threading.Event()
    with room.place(stopping) as first, room.place(stopping) as second:
        assert (first, second) == (True, True)
        room.ran_short()
    with room.place(stopping) as alone:
        assert alone
        stopping.set()
        with room.place(stopping) as another:
            assert not another


def test_a_media_whose_bytes_are_gone_fails_with_what_to_do(task: ProcedureTask, uploaded: Media) -> None:
    storage().delete(uploaded.storage_key)
    _run(_claim())
    job = task.jobs.order_by("position")[0]
    assert (job.state, job.err_code) == (JobState.FAIL, "SourceFileError.DownloadNotAccessible")
    assert "Upload it again" in job.message


def test_a_job_waits_a_day_for_the_machine_and_then_ends(task: ProcedureTask, monkeypatch: pytest.MonkeyPatch) -> None:
    Job.objects.update(created_at="2020-01-01T00:00:00Z")
    _engine_raises(monkeypatch, OSError(28, "No space left on device"))
    _run(_claim())
    job = task.jobs.order_by("position")[0]
    assert (job.state, job.err_code) == (JobState.FAIL, "InternalError")
    assert "No space left" in job.message


def test_a_database_that_is_away_for_a_moment_costs_no_picture(
    task: ProcedureTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_PAUSE", 0.01)
    _away(monkeypatch, "_publish_image", times=3, of=run)
    _away(monkeypatch, "renew", times=2, of=leases)
    _run(_claim())
    assert _states(task) == [JobState.SUCCESS, JobState.WAITING]
    assert AnimatedImage.objects.count() == 1


def test_a_database_that_stays_away_leaves_the_job_to_the_sweeper(
    task: ProcedureTask, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.ZOETROPE_LEASE = timedelta(0)
    monkeypatch.setattr(publishing, "_PAUSE", 0.01)
    _away(monkeypatch, "_publish_image", times=1000, of=run)
    lease = _claim()
    _run(lease)
    assert not AnimatedImage.objects.exists()
    leases.sweep()
    assert _states(task) == [JobState.WAITING, JobState.WAITING]


def _away(monkeypatch: pytest.MonkeyPatch, name: str, *, times: int, of: Any) -> None:
    """The database fails the first `times` calls of this function."""
    real, calls = getattr(of, name), iter(range(times))

    def call(*args: Any, **kwargs: Any) -> Any:
        if next(calls, None) is not None:
            raise OperationalError("the database is away")
        return real(*args, **kwargs)

    monkeypatch.setattr(of, name, call)


def _engine_raises(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("animator.confine.sandbox.Sandbox.animate", fail)


def test_a_worker_that_lost_its_lease_publishes_nothing(task: ProcedureTask, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = _claim()
    publish = run._publish_image

    def late(*args: Any, **kwargs: Any) -> bool:
        _expire(lease)
        leases.sweep()
        return publish(*args, **kwargs)

    monkeypatch.setattr(run, "_publish_image", late)
    _run(lease)
    assert not AnimatedImage.objects.exists()
    assert not list((Path(storage().root) / str(task.application.app_id)).rglob("v.f*"))  # type: ignore[attr-defined]


def test_a_transaction_of_a_stopped_process_does_not_keep_its_jobs_for_ever(task: ProcedureTask) -> None:
    """With SQLite nothing but the end of the process ends its transaction."""
    if connection.vendor != "postgresql":
        return
    lease = _claim()
    _expire(lease)
    holds, over = threading.Event(), threading.Event()

    def stopped() -> None:
        with suppress(DatabaseError), transaction.atomic():
            Job.objects.select_for_update().get(pk=lease.job_id)
            connection.cursor().execute("SET LOCAL idle_in_transaction_session_timeout = '1s'")  # of twenty
            holds.set()
            over.wait(20)
        connection.close()

    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("20s",)
    thread = threading.Thread(target=stopped)
    thread.start()
    assert holds.wait(10)
    leases.sweep()
    over.set()
    thread.join()
    assert Job.objects.get(pk=lease.job_id).state == JobState.WAITING


def test_publishing_is_all_or_nothing(task: ProcedureTask, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = _claim()

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("the row can't be written")

    monkeypatch.setattr(AnimatedImage, "save", refuse)
    _run(lease)
    job = Job.objects.get(pk=lease.job_id)
    assert job.state == JobState.WAITING
    assert not AnimatedImage.objects.exists()


def test_a_media_deleted_meanwhile_gets_no_outputs(
    task: ProcedureTask, uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    lease = _claim()
    delete_media(media=uploaded)
    _run(lease)
    run_jobs()
    task.refresh_from_db()
    assert task.status == TaskStatus.ABORTED
    assert not AnimatedImage.objects.exists()
    assert not storage().exists(uploaded.storage_key)
    with pytest.raises(MediaNotReady):
        submit_task(media=Media.objects.get(pk=uploaded.pk), plan=_any_plan(task))


@pytest.mark.parametrize("kind", [Job.Kind.ANALYSE, Job.Kind.ANIMATE])
def test_a_job_whose_file_goes_before_it_is_opened_is_called_off_and_has_not_failed(
    uploaded: Media, procedure: Procedure, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said "The source can't be opened: No such file or directory", of a media that somebody had just deleted."""

    @contextmanager
    def gone(media: Media, *, alive: Callable[[], None]) -> Iterator[Path]:
        with source_of(media, alive=alive) as path:
            delete_media(media=media)
            yield path

    monkeypatch.setattr(run, "source_of", gone)
    submit_task(media=uploaded, plan=plan_of(procedure))
    uploaded.jobs.exclude(kind=kind).delete()
    lease = _claim()
    _run(lease)
    job = Job.objects.get(pk=lease.job_id)
    assert (job.kind, job.state, job.err_code, job.message) == (kind, JobState.ABORTED, "", "Cancelled.")


def _any_plan(task: ProcedureTask) -> Any:
    from procedures.plan import Plan

    return Plan.from_dicts([job.plan for job in task.jobs.all()], procedure="")


def test_a_stopping_worker_hands_its_job_back(
    uploaded: Media, application: Application, settings: LazySettings
) -> None:
    settings.ZOETROPE_STOP_GRACE_SECONDS = 0.0
    uploaded.jobs.all().delete()
    fields: TemplateFields = {"name": "Takes long", "format": "gif", "width": 2560, "fps": 60}
    step = StepInput(definition=create_template(application=application, fields=fields).definition)
    submit_task(media=uploaded, plan=plan_from(application, [step]))
    stopping = threading.Event()
    stopping.set()
    lease = _claim()
    run.run(lease, stopping=stopping)
    job = Job.objects.get(pk=lease.job_id)
    assert (job.state, job.attempts, job.lease_token) == (JobState.WAITING, 0, None)


def test_a_session_id_is_good_for_one_task(uploaded: Media, procedure: Procedure, settings: LazySettings) -> None:
    plan = plan_of(procedure)
    submit_task(media=uploaded, plan=plan, session_id="once")
    with pytest.raises(TaskDuplicated, match="once"):
        submit_task(media=uploaded, plan=plan, session_id="once")
    settings.ZOETROPE_SESSION_ID_WINDOW = timedelta(0)
    submit_task(media=uploaded, plan=plan, session_id="once")
    assert ProcedureTask.objects.count() == 2


def test_jobs_move_only_along_the_table(task: ProcedureTask) -> None:
    for state in JobState:
        for end in (JobState.SUCCESS, JobState.FAIL, JobState.ABORTED):
            lease = Lease(job_id=task.jobs.all()[0].pk, token=task.jobs.all()[0].pk, attempt=1)
            Job.objects.filter(pk=lease.job_id).update(state=state, lease_token=lease.token)
            with transaction.atomic():
                moved = leases._end(lease, state=end)
            assert moved == (state == JobState.PROCESSING)
            assert not moved or end in TRANSITIONS[JobState(state)]
    assert all(not TRANSITIONS[state] for state in ENDED)
