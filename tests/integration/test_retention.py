"""Rows are forgotten when nobody needs them any more, kind by kind; what is needed stays, however old it is."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.utils import timezone

from applications.models import Application, User
from config.checks import check_settings
from media_jobs.jobs.services import TaskDuplicated, submit_task
from media_jobs.library.services import delete_media
from media_jobs.maintenance import retention
from media_jobs.maintenance.verify import violations
from media_jobs.models import (
    AnimatedImage,
    Delivery,
    Event,
    Job,
    Media,
    ProcedureTask,
    PullTask,
    Upload,
    UploadCredential,
)
from media_jobs.pulls.services import cancel_pull, pull_upload
from media_jobs.states import JobState
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.selectors import plan_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

# Of what retention.KINDS doesn't name: the row that it goes with, or why there never is much of it.
STAYS: dict[str, str] = {
    **dict.fromkeys(
        ("media_jobs.MediaTag", "media_jobs.AnimatedImage", "media_jobs.SnapshotSet", "media_jobs.Preview"),
        "media_jobs.Media",
    ),
    "media_jobs.StudioFile": "media_jobs.Media",
    "media_jobs.Sibling": "media_jobs.AnimatedImage",
    "media_jobs.Delivery": "media_jobs.Event",
    "media_jobs.MultipartUpload": "media_jobs.Upload",
    "media_jobs.StoredObject": "media_jobs.Upload",
    "media_jobs.ObjectPart": "media_jobs.MultipartUpload",
    "axes.AccessAttemptExpiration": "axes.AccessAttempt",
    "procedures.ProcedureCover": "procedures.Procedure",
    "procedures.ProcedureSnapshot": "procedures.Procedure",
    "procedures.ProcedureStep": "procedures.Procedure",
    "procedures.ProcedureUnmade": "procedures.Procedure",
    "media_jobs.QueueHead": "one for each kind of job of an application",
    "media_jobs.EventConfig": "one for each application",
    "media_jobs.Holding": "folded into one for each kind each minute (media_jobs/holdings.py)",
    "media_jobs.Chore": "one for each of a handful of names",
    "media_jobs.Worker": "forgotten a day after its last sign of life (maintenance/cleaning.py)",
    "media_jobs.Suspect": "one for each stored file at most (maintenance/orphans.py)",
    "cloudapi.UsedSignature": "forgotten at the next one's use a week after it has expired, in 97 days at most",
    **dict.fromkeys(
        (
            *("applications.User", "applications.Membership", "applications.ApiKey", "applications.AccessToken"),
            *("applications.AllowedOrigin", "media_jobs.MediaClass", "procedures.Procedure"),
            *("templates_app.AnimatedImageTemplate", "templates_app.SnapshotTemplate"),
        ),
        "somebody makes each by hand, and deletes it",
    ),
    **dict.fromkeys(("auth.Permission", "auth.Group", "contenttypes.ContentType"), "as many as there are models"),
    "admin.LogEntry": "nobody may change anything at /admin/",
}
OLD = timedelta(days=400)


@pytest.fixture(autouse=True)
def fresh_walks() -> None:
    retention._places.clear()


def _age(*rows: models.QuerySet, by: timedelta = OLD) -> None:  # type: ignore[type-arg]
    """Everything that these rows say of times lies so much further back."""
    for some in rows:
        for row in some:
            for field in row._meta.concrete_fields:
                moment = getattr(row, field.attname)
                if isinstance(field, models.DateTimeField) and moment is not None:
                    some.model._base_manager.filter(pk=row.pk).update(**{field.attname: moment - by})


def _age_all(by: timedelta = OLD) -> None:
    _age(*(m._base_manager.all() for m in (Media, Upload, ProcedureTask, Job, AnimatedImage, PullTask, Event)), by=by)


def test_every_table_says_how_its_rows_go() -> None:
    """A new one would grow for years before anybody noticed."""
    forgotten = {kind.rows().model._meta.label for kind in retention.KINDS}
    every = {model._meta.label: model for model in apps.get_models()}
    assert set(every) == forgotten | set(STAYS)
    assert not forgotten & set(STAYS)
    for label, why in STAYS.items():
        if why in every:
            fields = every[label]._meta.concrete_fields
            ways = [field.remote_field for field in fields if field.related_model is every[why] and not field.null]
            assert any(way and way.on_delete is models.CASCADE for way in ways), f"{label} doesn't go with {why}"


def test_tasks_jobs_and_uploads_go_once_their_media_is_gone(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    delete_media(media=media)
    retention.prune()
    assert (ProcedureTask.objects.count(), Job.objects.count(), Upload.objects.count()) == (1, 3, 1)
    _age_all()
    gone = retention.prune()
    assert gone == {"events": 1, "tasks": 1, "analyses": 1, "committed uploads": 1, "deleted media": 1}
    assert not any(kind._base_manager.exists() for kind in (Media, Upload, ProcedureTask, Job, Event))
    assert not list(violations())


def test_what_made_a_picture_that_exists_stays_however_old(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    _age_all()
    retention.prune()
    assert AnimatedImage.objects.filter(media=media).count() == 2
    assert ProcedureTask.objects.get().jobs.count() == 2
    assert not list(violations())
    AnimatedImage.objects.all().delete()  # somebody deletes the pictures: then the task tells of nothing any more
    retention.prune()
    assert not ProcedureTask.objects.exists()
    assert Media.objects.present().get() == media


def test_failed_tasks_of_a_media_that_stays_go(uploaded: Media, procedure: Procedure) -> None:
    task = submit_task(media=uploaded, plan=plan_of(procedure), session_id="once")
    task.jobs.update(state=JobState.FAIL, err_code="InternalError", finished_at=timezone.now())
    ProcedureTask.objects.update(status="FINISH", finished_at=timezone.now())
    with pytest.raises(TaskDuplicated):
        submit_task(media=uploaded, plan=plan_of(procedure), session_id="once")
    _age(ProcedureTask.objects.all(), Job.objects.all())
    retention.prune()
    assert not ProcedureTask.objects.exists()


def test_what_waits_or_runs_is_never_forgotten(uploaded: Media, procedure: Procedure, application: Application) -> None:
    submit_task(media=uploaded, plan=plan_of(procedure))
    pull = pull_upload(application=application, url="http://files.example/a.mp4", wanted=uploads.Wanted(name=""))
    begun = uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4", length=5), door="tus")
    _age_all()
    retention.prune()
    assert ProcedureTask.objects.get().jobs.count() == 2
    assert Job.objects.filter(task=None).count() == 1
    assert PullTask.objects.filter(pk=pull.pk).exists()
    assert Upload.objects.filter(pk=begun.pk).exists()


def test_a_pull_goes_and_then_its_upload(application: Application) -> None:
    pull = pull_upload(application=application, url="http://files.example/a.mp4", wanted=uploads.Wanted(name=""))
    cancel_pull(pull=pull)
    _age(Upload.objects.all())
    retention.prune()
    assert Upload.objects.exists()  # the pull still tells of it
    _age(PullTask.objects.all())
    assert retention.prune() == {"pulls": 1, "cancelled uploads": 1}


def test_sessions_sign_ins_and_events_go_after_their_time(
    client: Client, owner: User, application: Application
) -> None:
    client.post("/login", {"username": "owner", "password": "wrong"})
    assert client.post("/login", {"username": "owner", "password": PASSWORD}).status_code == 302
    AccessAttempt.objects.create(username="x", ip_address="192.0.2.1", user_agent="y", failures_since_start=1)
    AccessFailureLog.objects.create(username="x", ip_address="192.0.2.1", user_agent="y")
    upload = uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4", length=5), door="cos")
    UploadCredential.objects.create(upload=upload, secret_id="AKID", token_digest="0", expires_at=timezone.now() + OLD)
    event = Event.objects.create(application=application, type="FileDeleted", subject="1", transition="x", content={})
    Delivery.objects.create(event=event, url="http://hook.example/", started_at=timezone.now(), seconds=1.0)
    kinds = (Session, AccessLog, AccessAttempt, AccessFailureLog, UploadCredential, Event)
    retention.prune()
    before = {kind.__name__: kind._base_manager.count() for kind in kinds}
    assert all(before.values()), before
    _age(*(kind._base_manager.all() for kind in kinds), by=2 * OLD)
    retention.prune()
    assert {kind.__name__ for kind in kinds if kind._base_manager.exists()} == set()
    assert not Delivery.objects.exists()


def test_a_turn_is_bounded_and_the_next_goes_on(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    for number in range(10):
        Event.objects.create(application=application, type="FileDeleted", subject=number, transition="x", content={})
    _age(Event.objects.all())
    assert [retention.prune(limit=3).get("events", 0) for _ in range(5)] == [3, 3, 3, 1, 0]


def test_what_must_stay_does_not_keep_later_rows_from_going(
    uploaded: Media, procedure: Procedure, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that meets only what is needed comes further the next time, instead of at the same rows again."""
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for _ in range(4):
        submit_task(media=uploaded, plan=plan_of(procedure))
    run_jobs()
    failed = submit_task(media=uploaded, plan=plan_of(procedure))
    failed.jobs.update(state=JobState.FAIL, finished_at=timezone.now())
    ProcedureTask.objects.filter(pk=failed.pk).update(status="FINISH", finished_at=timezone.now())
    _age(ProcedureTask.objects.all(), Job.objects.all())
    assert ["tasks" in retention.prune(limit=2) for _ in range(3)] == [False, False, True]
    assert ProcedureTask.objects.count() == 4


def test_the_dry_run_counts_and_forgets_nothing(application: Application) -> None:
    for number in range(3):
        Event.objects.create(application=application, type="FileDeleted", subject=number, transition="x", content={})
    _age(Event.objects.all()[:2])
    oldest = Event.objects.order_by("created_at")[0].created_at
    written = StringIO()
    call_command("prune", dry_run=True, stdout=written)
    kinds = slice(12, written.getvalue().index("kept for days"))
    lines = {line[kinds].strip(): line.split() for line in written.getvalue().splitlines()}
    assert set(lines) == {"kind", *(kind.name for kind in retention.KINDS)}
    assert lines["events"][0] == "2"
    assert f"{oldest:%Y-%m-%d %H:%M}" in written.getvalue()
    assert Event.objects.count() == 3
    call_command("prune", stdout=written)
    assert Event.objects.count() == 1


@pytest.mark.parametrize("name", ["ZOETROPE_SESSION_ID_WINDOW", "ZOETROPE_TASK_WINDOW", "ZOETROPE_EVENT_LIFETIME"])
def test_keeping_less_than_what_leans_on_it_is_refused(settings: LazySettings, name: str) -> None:
    settings.ZOETROPE_KEEP_TASKS = getattr(settings, name) - timedelta(minutes=1)
    assert "zoetrope.E014" in {message.id for message in check_settings()}
