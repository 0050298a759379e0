"""The first start, the refusals at start, and the health addresses."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.secretbox import seal
from config.checks import check_settings
from config.env import env, kept_secret
from config.first_start import SAMPLE_PROCEDURE, first_start, upload_sample
from media_jobs.maintenance import worker
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Worker
from media_jobs.store.storage import storage


@pytest.mark.django_db
def test_the_first_start_makes_an_administrator_an_application_and_a_key_once() -> None:
    credentials = first_start()
    assert credentials is not None
    assert first_start() is None
    admin = User.objects.get()
    assert admin.is_superuser
    assert admin.check_password(credentials.password)
    assert Application.objects.get().app_id == credentials.app_id > 10**9
    assert ApiKey.objects.get(secret_id=credentials.secret_id).secret_key == credentials.secret_key


@pytest.mark.django_db
def test_the_operators_own_credentials_are_taken_and_not_shown(settings: LazySettings) -> None:
    settings.ZOETROPE_ADMIN_USER, settings.ZOETROPE_ADMIN_PASSWORD = "root", "a password of my own"
    settings.ZOETROPE_SECRET_ID, settings.ZOETROPE_SECRET_KEY = "AKIDmine", "mine"
    settings.ZOETROPE_APP_ID = 1250000000
    credentials = first_start()
    assert credentials is not None
    assert credentials.password == ""
    assert (credentials.app_id, credentials.secret_id, credentials.secret_key) == (1250000000, "AKIDmine", "mine")
    assert User.objects.get(username="root").check_password("a password of my own")


@pytest.mark.django_db
def test_a_secret_key_is_not_readable_in_the_database(api_key: ApiKey) -> None:
    assert api_key.secret_key not in api_key.sealed_secret_key
    assert seal("same") != seal("same")


@pytest.mark.django_db(transaction=True)
def test_the_sample_becomes_a_gif_and_a_webp(run_jobs: Callable[[], int]) -> None:
    first_start()
    application = Application.objects.get()
    media = upload_sample(application)
    run_jobs()
    assert set(AnimatedImage.objects.values_list("container", "frames", "duration")) >= {("webp", 75, 3.0)}
    gif = AnimatedImage.objects.get(container="gif")
    assert (gif.width, gif.height, gif.duration) == (320, 180, 3.0)
    assert media.tasks.get().procedure == SAMPLE_PROCEDURE
    assert not list(violations())
    upload_sample(application)
    assert application.templates.count() == 2


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"ZOETROPE_ROLE": "boss"}, "E001"),
        ({"ZOETROPE_WORKERS": 0}, "E002"),
        ({"BROKER_URL": "filesystem:///tmp/x"}, "E003"),
        ({"BROKER_URL": "memory://"}, "E003"),
        ({"BROKER_URL": "sqla+sqlite:////x/y"}, "E003"),
        ({"ZOETROPE_ROLE": "web", "SQLITE": True}, "E004"),
        ({"ZOETROPE_ROLE": "worker", "BROKER_URL": "sqlite:////x/y"}, "E005"),
        ({"ZOETROPE_ROLE": "web"}, "E006"),
        ({"ZOETROPE_ROLE": "beat", "SECRET_KEY_GENERATED": True}, "E007"),
        ({"ZOETROPE_PUBLIC_URL": "zoetrope.example"}, "E008"),
        ({"ZOETROPE_PUBLIC_URL": "http://0.0.0.0:8000"}, "E009"),
        ({"ZOETROPE_SECRET_ID": "only this"}, "E010"),
        ({"STORAGE_URL": "s3://key:secret@host"}, "E012"),
    ],
)
def test_a_nonsense_combination_is_refused_with_what_to_change(
    settings: LazySettings, changes: dict[str, object], found: str
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    storage.cache_clear()
    messages = {str(message.id): message for message in check_settings()}
    assert f"zoetrope.{found}" in messages
    assert messages[f"zoetrope.{found}"].hint


def test_split_roles_with_shared_stores_are_fine(settings: LazySettings) -> None:
    settings.ZOETROPE_ROLE, settings.SQLITE, settings.SECRET_KEY_GENERATED = "worker", False, False
    settings.BROKER_URL, settings.STORAGE_URL = "amqp://broker//", "s3://k:s@store/bucket"
    assert [message for message in check_settings() if message.is_serious()] == []


def test_the_default_settings_are_fine() -> None:
    assert [message for message in check_settings() if message.is_serious()] == []


def test_the_data_folder_must_be_writable(settings: LazySettings) -> None:
    settings.ZOETROPE_DATA_DIR = Path("/proc/zoetrope")
    assert "zoetrope.E011" in {message.id for message in check_settings()}


def test_processes_that_race_for_the_secret_get_the_same_one(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(kept_secret(tmp_path / "k"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) > 60
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["k"]


@pytest.mark.django_db
def test_readyz_names_what_is_missing(client: Client) -> None:
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": "ok", "storage": "ok", "worker": "none alive"}
    worker.sign_of_life(slots=2)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"]
    alive = Worker.objects.get()
    assert "limits" in alive.isolation


@pytest.mark.django_db
def test_readyz_says_when_the_storage_is_gone(client: Client, settings: LazySettings) -> None:
    storage.cache_clear()
    settings.STORAGE_URL = "file:///proc/nothing"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "written" in answer.json()["storage"]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_production_settings_pass_djangos_deployment_check(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # the browser tests set it for this process
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    call_command("check", deploy=True, fail_level="WARNING")


def test_any_setting_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("kept in a file")
    monkeypatch.setenv("ZOETROPE_ADMIN_PASSWORD_FILE", str(tmp_path / "password"))
    assert env("ZOETROPE_ADMIN_PASSWORD", default="") == "kept in a file"
