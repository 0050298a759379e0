"""The first start, the refusals at start, and the health addresses."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.secretbox import seal
from config.checks import check_settings
from config.env import env, kept_secret
from config.management.commands import runconsole
from config.management.commands.runconsole import children, migrate
from config.observing.health import forget_looks
from config.start.first_start import SAMPLE_PROCEDURE, first_start, upload_sample
from config.start.newer_database import refuse_newer_database
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
    assert (credentials.app_id, credentials.secret_id, credentials.secret_key) == (1250000000, "AKIDmine", "")
    assert ApiKey.objects.get().secret_key == "mine"
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
        ({"ZOETROPE_WORKER_QUEUES": ["pictures", "letters"]}, "E017"),
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
    assert answer.json() == {
        "ready": False,
        "database": "ok",
        "storage": "ok",
        "secrets": "ok",
        "worker": "none alive",
        "broker": "ok",
    }
    worker.sign_of_life(slots=2)
    forget_looks()
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


@pytest.mark.django_db
def test_an_older_checkout_refuses_a_newer_database_unless_it_is_meant(settings: LazySettings) -> None:
    refuse_newer_database()
    MigrationRecorder(connection).record_applied("media_jobs", "9999_of_tomorrow")
    with pytest.raises(CommandError, match=r"later release.*media_jobs\.9999_of_tomorrow"):
        migrate()
    settings.ZOETROPE_NEWER_DATABASE = True
    refuse_newer_database()


@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_for_migrations_over_a_restart_of_the_database() -> None:
    connection.ensure_connection()
    assert connection.connection is not None
    connection.connection.close()
    assert "doesn't answer" in runconsole._lacking()
    assert runconsole._lacking() == ""


@pytest.mark.django_db
def test_a_worker_does_not_wait_for_migrations_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runconsole, "_LONGEST_MIGRATION", 0.0)
    MigrationRecorder(connection).migration_qs.filter(app="media_jobs").latest("name").delete()
    with pytest.raises(CommandError, match="to migrate the database"):
        runconsole.Command()._wait_for_migrations()


@pytest.mark.django_db(transaction=True)
def test_a_start_does_not_wait_for_another_ones_migration_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite there is only this one."""
    monkeypatch.setattr(runconsole, "_LONGEST_MIGRATION", 1.0)
    if connection.vendor != "postgresql":
        return
    with runconsole._alone(), pytest.raises(CommandError, match="still migrates"), runconsole._alone():
        pass


def test_a_worker_loads_the_addresses_before_its_first_task_ends() -> None:
    """Within the transaction that ends it everybody else would wait for every view to be imported."""
    program = (
        "import django, sys; django.setup(); from media_jobs.maintenance import worker; "
        "assert 'config.urls' not in sys.modules; worker.load_addresses(); "
        "assert 'console.urls' in sys.modules and 'config.api' in sys.modules"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("queues", "served"),
    [
        ([], {"pictures": "pictures,analyses,maintenance", "transfers": "transfers,deliveries"}),
        (["pictures"], {"pictures": "pictures"}),
        (["deliveries", "transfers"], {"transfers": "deliveries,transfers"}),
        (["analyses", "deliveries"], {"pictures": "analyses", "transfers": "deliveries"}),
    ],
)
def test_a_hosts_workers_serve_the_queues_that_its_environment_names(
    settings: LazySettings, queues: list[str], served: dict[str, str]
) -> None:
    settings.ZOETROPE_WORKER_QUEUES = queues
    found = {child.name: child.command[list(child.command).index("-Q") + 1] for child in children("worker")}
    assert found == served


@pytest.mark.django_db
def test_alive_tells_of_this_hosts_workers_and_web_server(
    settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a container's health check asks: it names what is silent, and blames nobody for a database that is away."""
    settings.ZOETROPE_ROLE = "worker"
    with pytest.raises(SystemExit):
        call_command("alive")
    assert "no worker" in capsys.readouterr().err
    worker.sign_of_life(slots=2)
    call_command("alive")
    Worker.objects.update(name="elsewhere:1")
    with pytest.raises(SystemExit):
        call_command("alive")
    settings.ZOETROPE_ROLE, settings.ZOETROPE_PORT = "web", 1
    with pytest.raises(SystemExit):
        call_command("alive")
    assert "web server" in capsys.readouterr().err
