"""Backups are taken while everything runs, and what is put back is whole: rows, files and the key that reads them."""

import fcntl
import io
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from applications.models import ApiKey, Application
from config.backup.database import DatabaseCopyFailed, program_environment, put_back
from config.backup.manifest import About, files_of, key_mark
from media_jobs.models import Media, Suspect
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import LocalDisk, storage
from media_jobs.uploads import services as uploads
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from tests.faults.instance import ROOT, OwnDatabase, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
LATER = "media_jobs_of_a_later_release"


@contextmanager
def _load(application: Application) -> Iterator[Callable[[], list[str]]]:
    """Two clients that upload without a pause; the file ids that they were told so far."""
    told, over = list[str](), threading.Event()

    def work() -> None:
        data = os.urandom(10_000)
        try:
            while not over.is_set():
                upload = uploads.begin(
                    application=application, wanted=Wanted(name="a.mp4", length=len(data)), door="test"
                )
                uploads.append(upload_id=upload.id, offset=0, source=io.BytesIO(data))
                told.append(uploads.commit(upload_id=upload.id).file_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()

    def so_far() -> list[str]:
        return list(told)

    try:
        yield so_far
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a fresh installation with a data folder, and on PostgreSQL a database, of its own."""
    own = OwnDatabase.beside(os.environ.get("DATABASE_URL", ""))
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ZOETROPE_", "DATABASE_URL"))}
    yield {
        **plain,
        "ZOETROPE_DATA_DIR": str(tmp_path / "elsewhere"),
        "ZOETROPE_MIN_FREE_BYTES": "1000000",
        "DJANGO_SECRET_KEY": "",
        **(own.environment if own else {}),
    }
    if own:
        own.drop()


def _manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def _backup(folder: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("backup", str(folder), *options, stdout=out)
    return out.getvalue()


def _more(load: Callable[[], list[str]], *, than: int) -> list[str]:
    return wait_for(lambda: len(load()) > than and load(), seconds=30, what="uploads")  # type: ignore[no-any-return]


def test_a_backup_under_load_is_whole_when_it_is_put_back(
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    api_key: ApiKey,
    settings: LazySettings,
    tmp_path: Path,
    elsewhere: dict[str, str],
) -> None:
    settings.SECRET_KEY_GENERATED = True
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    with _load(application) as load:
        before = _more(load, than=4)
        told = _backup(tmp_path / "backup", "--files", str(tmp_path / "files"))
        _more(load, than=len(before) + 4)
    assert "whoever reads this folder can use every API key" in told
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "backup").iterdir()} == {0o600}
    restored = _manage(elsewhere, "restore", str(tmp_path / "backup"), "--files", str(tmp_path / "files"))
    assert restored.returncode == 0, restored.stderr
    files = About.read(tmp_path / "backup").files
    assert f"{files} files belong to it: {files} were brought, 0 are missing." in restored.stdout
    verified = _manage(elsewhere, "verify", "--deep")
    assert verified.stdout.startswith("0 violations"), verified.stdout
    look = (
        "from media_jobs.models import Media, AnimatedImage; from applications.models import ApiKey; "
        "print(*Media.objects.values_list('file_id', flat=True), AnimatedImage.objects.count(), "
        f"ApiKey.objects.get(pk={api_key.pk}).secret_key)"
    )
    found = _manage(elsewhere, "shell", "--no-imports", "-c", look)
    *ids, images, secret_key = found.stdout.split()
    assert {media.file_id, *before} <= set(ids), found.stderr
    assert (images, secret_key) == ("2", api_key.secret_key)
    again = _manage(elsewhere, "restore", str(tmp_path / "backup"))
    assert "holds an installation already" in again.stderr


def test_a_dump_that_takes_longer_than_a_transaction_may_idle_still_becomes_a_backup(
    application: Application, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if connection.vendor != "postgresql":
        return
    slow = tmp_path / "bin/pg_dump"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\nsleep 2\nexec {shutil.which("pg_dump")} "$@"\n')
    slow.chmod(0o700)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '1s'")  # of twenty
    try:
        _backup(tmp_path / "backup")
    finally:
        connection.close()
    assert About.read(tmp_path / "backup").files == 0


def test_pg_dump_is_told_how_the_way_to_the_database_is_secured() -> None:
    told = {"HOST": "db", "PASSWORD": "secret", "OPTIONS": {"sslmode": "verify-full", "options": "-c a=b"}}
    environment = program_environment(told)
    assert (environment["PGHOST"], environment["PGPASSWORD"]) == ("db", "secret")
    assert environment["PGSSLMODE"] == "verify-full"
    assert "PGOPTIONS" not in environment


def test_files_that_are_newer_than_the_backup_are_kept_and_missing_ones_are_named(
    upload_clip: Callable[..., Media], settings: LazySettings, tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    settings.SECRET_KEY_GENERATED = True
    kept, gone = upload_clip(), upload_clip()
    Suspect.objects.create(key="suspected long before")
    _backup(tmp_path / "backup")
    newer = upload_clip()
    storage().delete(gone.storage_key)
    store = storage()
    assert isinstance(store, LocalDisk)
    shutil.copytree(store.root, tmp_path / "elsewhere/storage")
    restored = _manage(elsewhere, "restore", str(tmp_path / "backup"))
    assert "2 files belong to it: 0 were brought, 1 are missing." in restored.stdout, restored.stderr
    assert f"missing: {gone.storage_key}" in restored.stdout
    assert "1 stored files are newer than it" in restored.stdout
    listed = _manage(elsewhere, "orphans").stdout
    assert f"{newer.storage_key} can be adopted as media {newer.file_id}" in listed
    assert kept.storage_key not in listed
    assert "suspected long before" not in listed


def test_a_backup_is_not_put_back_where_its_key_is_not_known(
    upload_clip: Callable[..., Media], tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    told = _backup(tmp_path / "backup")
    assert "comes from the environment and isn't in it" in told or (tmp_path / "backup/secret.key").exists()
    (tmp_path / "backup/secret.key").unlink(missing_ok=True)
    refused = _manage(elsewhere, "restore", str(tmp_path / "backup"))
    assert refused.returncode == 1
    assert "The secret key of this installation isn't that of the backup" in refused.stderr


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda folder: (folder / "backup.json").unlink(), "is no backup, or one that didn't come to its end"),
        (lambda folder: (folder / "backup.json").write_text("{}"), "is no backup, or one that didn't come to its end"),
        (lambda folder: _change(folder, migrations=["media_jobs.9999_later"]), "doesn't know media_jobs.9999_later"),
        (lambda folder: _change(folder, database="oracle"), "The backup is of oracle"),
    ],
)
def test_what_is_no_whole_backup_of_this_installation_changes_nothing(
    application: Application, tmp_path: Path, spoil: Callable[[Path], object], refusal: str
) -> None:
    _backup(tmp_path / "backup")
    spoil(tmp_path / "backup")
    with pytest.raises(CommandError, match=refusal):
        call_command("restore", str(tmp_path / "backup"), "--force")
    assert Application.objects.get() == application
    with pytest.raises(CommandError, match="isn't empty"):
        _backup(tmp_path / "backup")


def _change(folder: Path, **values: object) -> None:
    replace(About.read(folder), **values).write(folder)  # type: ignore[arg-type]


def test_a_backup_lists_the_files_of_its_own_moment(upload_clip: Callable[..., Media], tmp_path: Path) -> None:
    media = upload_clip()
    _backup(tmp_path / "backup")
    upload_clip()
    (listed,) = files_of(tmp_path / "backup")
    assert (listed.key, listed.size, listed.digest) == (media.storage_key, media.size, media.sha256)
    assert About.read(tmp_path / "backup").key == key_mark()


def test_nothing_is_put_back_while_it_runs(application: Application, tmp_path: Path) -> None:
    _backup(tmp_path / "backup")
    with (scratch().parent / "upkeep.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Zoetrope runs here"):
            call_command("restore", str(tmp_path / "backup"), "--force")


@pytest.mark.postgresql
def test_a_backup_from_before_an_upgrade_is_put_back_over_the_tables_that_it_added(
    application: Application, tmp_path: Path
) -> None:
    """pg_restore failed: what refers to a table keeps it from being replaced. Nobody could go back."""
    _backup(tmp_path / "backup")
    Application.objects.update(name="since then")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {LATER} (id int, of_whom bigint REFERENCES applications_application)")
        cursor.execute("CREATE TABLE somebody_elses (id int)")
    put_back(tmp_path / "backup")
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        cursor.execute("DROP TABLE somebody_elses")
    assert LATER not in there  # a migration that makes it again would fail
    assert "somebody_elses" in there
    assert Application.objects.get(pk=application.pk).name == application.name


@pytest.mark.postgresql
def test_a_backup_that_can_not_be_put_back_leaves_later_tables_as_they_were(
    application: Application, tmp_path: Path
) -> None:
    _backup(tmp_path / "backup")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {LATER} (id int, of_whom bigint REFERENCES applications_application)")
        cursor.execute("CREATE TABLE somebody_elses (of_whom bigint REFERENCES applications_application)")
    try:
        with pytest.raises(DatabaseCopyFailed, match="somebody_elses"):
            put_back(tmp_path / "backup")
        with connection.cursor() as cursor:
            assert len(connection.introspection.get_relations(cursor, LATER)) == 1
        assert Application.objects.get(pk=application.pk).name == application.name
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {LATER}, somebody_elses")
