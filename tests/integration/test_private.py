"""What others on the machine, other tenants, strangers and the log get to see: nothing that isn't theirs."""

import logging
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from applications.models import Application, User
from config.management.commands.runconsole import Command
from config.observing.health import forget_looks
from config.observing.log_noise import NotReadyIsNoError
from config.start.first_start import Credentials
from config.start.private import tighten
from media_jobs.library.selectors import QueueFigures
from media_jobs.maintenance import worker
from media_jobs.models import Media, Worker
from media_jobs.store import storage
from tests.faults.instance import ROOT


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_an_older_data_folder_is_put_right(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    database = folder / "zoetrope.sqlite3"
    database.touch(mode=0o644)
    folder.chmod(0o755)
    database.chmod(0o644)
    assert set(tighten(folder)) == {folder, database}
    assert (mode(folder), mode(database)) == ("0o700", "0o600")
    assert tighten(folder) == []


def test_a_group_may_be_let_in(tmp_path: Path, settings: LazySettings) -> None:
    settings.ZOETROPE_UMASK = 0o027
    tmp_path.chmod(0o755)
    tighten(tmp_path)
    assert mode(tmp_path) == "0o750"


def test_a_folder_that_everybody_shares_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    assert tighten(tmp_path) == []


def test_new_databases_are_for_their_owner_only(tmp_path: Path) -> None:
    environment = os.environ | {"ZOETROPE_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": ""}
    environment.pop("DATABASE_URL")
    command = [sys.executable, "manage.py", "shell", "-c", "from django.db import connection as c; c.cursor()"]
    before = os.umask(0o022)
    try:
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "var" / "zoetrope.sqlite3") == "0o600"
    assert mode(tmp_path / "var" / "secret.key") == "0o600"


def test_without_a_terminal_no_secret_is_printed(settings: LazySettings) -> None:
    settings.ZOETROPE_DATA_DIR.mkdir(parents=True, exist_ok=True)
    made = Credentials(user="admin", password="pass-word", app_id=1, secret_id="AKIDx", secret_key="sec-ret")
    said = StringIO()
    Command(stdout=said)._hand_over(made)
    path = settings.ZOETROPE_DATA_DIR / "first-credentials.txt"
    assert str(path) in said.getvalue()
    assert "pass-word" not in said.getvalue() and "sec-ret" not in said.getvalue()
    assert mode(path) == "0o600"
    assert "pass-word" in path.read_text() and "sec-ret" in path.read_text()


@pytest.mark.django_db
def test_a_readiness_that_anybody_may_ask_for_writes_once_in_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.sign_of_life(slots=2)
    probes: list[int] = []
    real = storage.storage().probe
    monkeypatch.setattr(type(storage.storage()), "probe", lambda self: (probes.append(1), real())[1])
    assert {client.get("/readyz").status_code for _ in range(50)} == {200}
    assert len(probes) == 1
    forget_looks()
    client.get("/readyz")
    assert len(probes) == 2


@pytest.mark.django_db
def test_a_probe_that_is_answered_503_is_no_error_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(NotReadyIsNoError())
    logger = logging.getLogger("django.request")
    assert any(isinstance(one, NotReadyIsNoError) for one in logger.filters)
    assert client.get("/readyz").status_code == 503
    assert "readyz" not in caplog.text


@pytest.mark.django_db
def test_a_form_without_its_token_is_no_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert Client(enforce_csrf_checks=True).post("/login", {"username": "x"}).status_code == 403
    assert caplog.text == ""


@pytest.mark.django_db
def test_members_see_their_own_queue_and_no_host_names(
    viewer: User, stranger: User, other_application: Application, uploaded: Media
) -> None:
    worker.sign_of_life(slots=2)
    name = Worker.objects.get().name
    client = Client()
    client.force_login(stranger)
    page = client.get("/app/1500000002/vod/health")
    assert name not in page.content.decode()
    assert page.context["queue"] == QueueFigures(waiting=0, running=0, age=page.context["queue"].age)
    assert b"free of" not in page.content
    client.force_login(viewer)
    assert client.get("/app/1500000001/vod/health").context["queue"].waiting == uploaded.jobs.count() == 1
    administrator = User.objects.create_superuser("root")
    client.force_login(administrator)
    seen = client.get("/app/1500000001/vod/health").content.decode()
    assert name in seen and "free of" in seen
