"""`manage.py doctor` tells what is wrong and what to do; its bundle can be sent to anybody."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from media_jobs.events.services import modify_event_config
from media_jobs.models import Chore, EventConfig, Job, Media, ProcedureTask, Worker
from media_jobs.pulls.services import pull_upload
from media_jobs.states import JobState
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def _doctor(**options: object) -> str:
    written = io.StringIO()
    call_command("doctor", stdout=written, **options)
    return written.getvalue()


def test_a_healthy_instance_has_nothing_to_do(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload_clip(procedure=procedure.name)
    run_jobs()
    Worker.objects.create(name="a:1", slots=2, queues="pictures,analyses,transfers,deliveries,maintenance")
    Chore.objects.create(name="garbage", due_at=Now(), done_at=Now())
    told = _doctor()
    assert "Nothing to do." in told, told
    for part in ("zoetrope", "migrations to make", "new a day", "at work (animate)", "slowest", "garbage", "none"):
        assert part in told, part


def test_what_is_wrong_is_named_with_what_to_do(
    upload_clip: Callable[..., Media], procedure: Procedure, application: Application, settings: LazySettings
) -> None:
    upload_clip(procedure=procedure.name)
    Job.objects.exclude(task=None).update(state=JobState.FAIL, err_code="InternalError", finished_at=Now())
    ProcedureTask.objects.update(status="FINISH", finished_at=Now())
    Worker.objects.create(name="a:1", slots=2, queues="transfers,deliveries")
    Chore.objects.create(name="garbage", due_at=Now(), done_at=Now(), problem="OSError: …")
    modify_event_config(application=application, fields={"mode": "PULL"})
    EventConfig.objects.update(disabled_at=Now())
    settings.ZOETROPE_MIN_FREE_BYTES = 10**18
    settings.ZOETROPE_WORKERS = 0
    told = _doctor()
    for part in (
        "takes from analyses, pictures",
        "Maintenance (garbage) broke off",
        "jobs: InternalError",
        "the log has a traceback",
        "1 receivers of callbacks",
        "The disk is full",
        "ZOETROPE_WORKERS is less than 1",
    ):
        assert part in told, part


def test_the_bundle_holds_no_secret(
    application: Application, owner: User, api_key: ApiKey, uploaded: Media, settings: LazySettings, tmp_path: Path
) -> None:
    settings.ZOETROPE_METRICS_TOKEN = "metricstokensecret"
    settings.ZOETROPE_ADMIN_PASSWORD, settings.ZOETROPE_SECRET_KEY = "adminsecret", "firstkeysecret"
    settings.BROKER_URL, settings.EMBEDDED_BROKER = "amqp://user:brokersecret@broker//", False
    settings.CACHE_URL = "rediscache://:cachesecret@cache:6379/0"
    settings.ZOETROPE_OUTBOUND_ALLOW = ["hooks.internal.example"]
    modify_event_config(application=application, fields={"notification_url": "https://hook.example/urlsecret"})
    url = "http://files.example/a.mp4?token=pullsecret"
    pull_upload(application=application, url=url, wanted=uploads.Wanted(name=""), session_id="sessionsecret")
    Worker.objects.create(name="hostsecret:1", slots=2, queues="pictures")
    Chore.objects.create(name="garbage", due_at=Now(), problem="https://u:p@chore/problemsecret")
    Job.objects.update(message="messagesecret", state=JobState.FAIL, err_code="InternalError", finished_at=Now())
    token = issue_access_token(user=owner, application=application)[1]
    bundle = tmp_path / "bundle.zip"
    _doctor(bundle=bundle)
    assert bundle.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(bundle) as opened:
        parts = {name: opened.read(name).decode() for name in opened.namelist()}
    assert set(parts) == {
        "doctor.txt", "settings.json", "rows.json", "workers.json", "maintenance.json", "metrics.txt"
    }  # fmt: skip
    assert json.loads(parts["settings.json"])["ZOETROPE_MIN_FREE_BYTES"] == 1024**2
    assert json.loads(parts["settings.json"])["BROKER_URL"] == "amqp"
    assert json.loads(parts["rows.json"])["media_jobs_media"] == 1
    secrets = [
        settings.SECRET_KEY, api_key.secret_key, api_key.secret_id, token, PASSWORD, "owner", uploaded.storage_key,
        EventConfig.objects.get().webhook_secret, str(application.app_id), "hooks.internal", "secret",
    ]  # fmt: skip
    # "secrets" is one of the parts of readiness, with "ok" or not.
    everything = "\n".join(parts.values()).replace("  secrets ", "")
    assert [secret for secret in secrets if secret in everything] == []


def test_a_bundle_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be written"):
        _doctor(bundle=tmp_path / "no" / "such" / "folder.zip")
