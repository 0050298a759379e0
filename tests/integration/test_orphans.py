"""Stored files that no row names: those that a crash left go in time, and nothing that anybody may want does."""

import io
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from applications.models import Application
from media_jobs.maintenance import orphans
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.maintenance.orphans import collect_orphans, suspect
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Job, Media, ProcedureTask, Suspect, Upload
from media_jobs.store.storage import LocalDisk, is_own_key, media_key, storage
from media_jobs.uploads import services as uploads
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)


def _root() -> Path:
    store = storage()
    assert isinstance(store, LocalDisk)
    return store.root


def _put(key: str, data: bytes = b"bytes") -> str:
    path = _root() / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return key


def _lost(*, app_id: int = 1500000001, extension: str = "gif") -> str:
    """A file of the store's own shape that no row has ever named."""
    file_id = f"{5 * 10**18 + secrets.randbelow(10**18)}"
    return _put(media_key(app_id=app_id, file_id=file_id, extension=extension))


def _days_pass(days: float = 8) -> None:
    Suspect.objects.update(seen_at=F("seen_at") - timedelta(days=days))


def _kept() -> set[str]:
    return {path.relative_to(_root()).as_posix() for path in _root().rglob("*") if path.is_file()}


def _orphans_command(*options: str) -> str:
    out = io.StringIO()
    call_command("orphans", *options, stdout=out)
    return out.getvalue()


def test_a_file_that_no_row_names_is_deleted_after_days_and_all_others_stay(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    media.refresh_from_db()
    named = {media.storage_key, media.poster_key, *AnimatedImage.objects.values_list("storage_key", flat=True)}
    lost = _lost()
    collect_garbage()
    assert _kept() == named | {lost}
    _days_pass(6.9)
    collect_garbage()
    assert _kept() == named | {lost}, "a day before it's over"
    _days_pass(0.2)
    collect_garbage()
    assert _kept() == named
    assert len(named) == 4
    assert not Suspect.objects.exists()
    assert not list(violations())


def test_half_a_copy_that_a_crash_left_is_deleted_after_days(uploaded: Media) -> None:
    half = _put(uploaded.storage_key.replace("/v.mp4", "/.v.mp4.0123456789abcdef.part"))
    collect_orphans()
    assert half in _kept()
    assert "can be adopted" not in _orphans_command()
    _days_pass()
    collect_orphans()
    assert _kept() == {uploaded.storage_key}


@pytest.mark.parametrize(
    "foreign", ["notes.txt", "2026/11/backup.tar", "1500000001/x/y/v.gif", "lost/v.gif", "1/2/3/4/v.gif"]
)
def test_a_foreign_file_in_the_bucket_is_never_deleted(foreign: str) -> None:
    _put(foreign)
    for _ in range(3):
        assert collect_orphans().foreign == 1
        _days_pass()
    assert _kept() == {foreign}


def test_every_key_that_is_drawn_has_the_stores_own_shape(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload_clip(procedure=procedure.name)
    run_jobs()
    assert len(_kept()) == 4
    assert all(is_own_key(key) for key in _kept())


def test_a_file_whose_row_came_later_is_no_suspect_any_more(application: Application) -> None:
    wanted = uploads.Wanted(name="clip.mp4", length=5)
    upload = uploads.begin(application=application, wanted=wanted, door="test")
    key = _put(upload.storage_key)
    Upload.objects.update(state="ABORTED")
    assert collect_orphans().suspects == 1
    Upload.objects.update(state="OPEN")
    _days_pass()
    assert collect_orphans().suspects == 0
    assert not Suspect.objects.exists()
    assert _kept() == {key}


def test_an_upload_that_is_committed_between_two_looks_is_no_orphan(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Media read first and uploads second would see neither."""
    upload = uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4", length=5), door="test")
    uploads.append(upload_id=upload.id, offset=0, source=io.BytesIO(b"bytes"))
    real = orphans._named_by_media

    def then_commit(keys: Any) -> set[str]:
        found = real(keys)
        uploads.commit(upload_id=upload.id)
        return found

    _put(upload.storage_key)
    monkeypatch.setattr(orphans, "_named_by_media", then_commit)
    assert orphans.unnamed_of([upload.storage_key]) == set()


def test_a_suspect_that_is_named_again_at_the_last_moment_is_spared(
    uploaded: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    Suspect.objects.create(key=uploaded.storage_key)
    _days_pass()
    monkeypatch.setattr(orphans, "suspect", orphans.Found)  # it was named by no row when all was looked at
    collect_orphans()
    assert storage().exists(uploaded.storage_key)
    assert not Suspect.objects.exists()


def _three_days_older(application: Application) -> None:
    """What a database says that was restored: nothing of all that came since."""
    Job.objects.all().delete()
    ProcedureTask.objects.all().delete()
    AnimatedImage.objects.all().delete()
    Upload.objects.all().delete()
    Media.objects.all().delete()


def test_a_database_three_days_old_beside_newer_files_loses_nothing(
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    media.refresh_from_db()
    files = _kept()
    _three_days_older(application)
    for _ in range(3):
        collect_orphans()
    _days_pass(3)
    collect_orphans()
    assert _kept() == files, "three days on, nobody has noticed yet, and all files are there"
    listed = _orphans_command()
    assert f"{media.storage_key} can be adopted as media {media.file_id} of application 1500000001" in listed
    assert "4 files, 4 of them named by no row, 0 due" in listed
    assert f"{media.file_id} is a media of application 1500000001 again" in _orphans_command("--adopt")
    again = Media.objects.get()
    assert (again.file_id, again.storage_key, again.size) == (media.file_id, media.storage_key, media.size)
    assert again.poster_key == media.poster_key
    assert run_jobs() == 1
    again.refresh_from_db()
    assert again.metadata == media.metadata
    _days_pass()
    collect_orphans()
    assert _kept() == {media.storage_key, media.poster_key}
    assert not list(violations())


def test_a_row_whose_file_is_older_than_the_restored_store_is_reported(uploaded: Media) -> None:
    storage().delete(uploaded.storage_key)
    assert list(violations()) == [f"the bytes of {uploaded.storage_key} are missing"]


def test_a_gif_with_its_cover_is_told_from_the_cover(application: Application) -> None:
    file_id = f"{5 * 10**18}"
    keys = [_put(media_key(app_id=application.app_id, file_id=file_id, extension=kind)) for kind in ("gif", "jpg")]
    _lost(app_id=42, extension="mp4")  # of an application that isn't there
    collect_orphans()
    _orphans_command("--adopt")
    media = Media.objects.get()
    assert [media.storage_key, media.poster_key] == keys
    assert Suspect.objects.count() == 1


@pytest.fixture
def many_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    monkeypatch.setattr(orphans, "_MANY", 5)
    yield {_lost() for _ in range(6)}


def test_an_implausible_share_is_refused_loudly_until_somebody_confirms_it(
    many_lost: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    collect_orphans()
    _days_pass()
    collect_garbage()
    assert _kept() == many_lost
    assert "6 of 6 stored files are named by no row" in caplog.text
    assert "manage.py orphans --confirm" in caplog.text
    assert "see --confirm" in _orphans_command()
    assert _kept() == many_lost
    _orphans_command("--confirm")
    assert not _kept()


def test_a_few_of_many_are_not_implausible() -> None:
    assert not orphans.Found(own=10_000, due=500).implausible
    assert not orphans.Found(own=100, due=100).implausible
    assert orphans.Found(own=10_000, due=501).implausible


def test_quarantine_is_a_setting(settings: LazySettings) -> None:
    settings.ZOETROPE_QUARANTINE = timedelta(days=30)
    lost = _lost()
    collect_orphans()
    _days_pass(29)
    collect_orphans()
    assert _kept() == {lost}


def test_looking_for_orphans_reads_no_table_through(
    upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    """So an hour's look costs as much for each file however many there are."""
    for _ in range(2):
        upload_clip()
        _lost()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        suspect()
    statements = [query["sql"] for query in seen.captured_queries if query["sql"].startswith("SELECT")]
    assert len(statements) <= 15, "for a batch of up to 500 files"
    if connection.vendor != "sqlite":
        return  # so small a table is read through by choice
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            ways = [way for *_, way in cursor.fetchall()]
            assert not [
                way for way in ways if way.startswith("SCAN media_jobs_") or "_newest (application_id=?)" in way
            ]
