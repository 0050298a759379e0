"""What crashes leave behind goes; what somebody may still need stays."""

import io
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from applications.models import Application
from media_jobs.jobs.leases import claim
from media_jobs.maintenance import cleaning
from media_jobs.maintenance.cleaning import collect_garbage, finish_uploads
from media_jobs.maintenance.upkeep import upkeep
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Media, StoredObject, Upload
from media_jobs.states import UploadState
from media_jobs.store.received import new_file
from media_jobs.store.scratch import scratch
from media_jobs.uploads import services as uploads
from media_jobs.uploads.part import part_path
from media_jobs.uploads.refusals import UploadIncomplete
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)


def _age(folder: Path) -> None:
    long_ago = time.time() - 10 * 24 * 3600
    for path in folder.rglob("*"):
        os.utime(path, (long_ago, long_ago))


def test_old_files_in_the_scratch_folder_go(application: Application) -> None:
    (scratch() / "dead.part").write_bytes(b"left by a crash")
    _age(scratch())
    collect_garbage()
    assert not list(scratch().iterdir())


def test_a_host_whose_clock_jumps_ahead_keeps_the_bytes_of_what_is_under_way(
    application: Application, clip: Path, uploaded: Media
) -> None:
    """They looked days old to it, whatever the database's clock said, and were deleted."""
    begun, ended = (_arrived(application, clip, size=10) for _ in range(2))
    Upload.objects.filter(pk=ended.pk).update(state=UploadState.ABORTED)
    stored, lost = new_file(), new_file()
    StoredObject.objects.create(upload=begun, name="a.mp4", file=stored.name, size=1, etag="0")
    lease = claim(worker="test")
    assert lease
    made = scratch() / f"{lease.token.hex}.gif"
    for path in (stored, lost, made):
        path.write_bytes(b"x")
    _age(scratch())
    collect_garbage()
    assert {path.name for path in scratch().iterdir() if path.is_file()} == {
        part_path(begun.id).name,
        stored.name,
        made.name,
    }


def _arrived(application: Application, clip: Path, *, size: int, door: str = "tus", procedure: str = "") -> Upload:
    """An upload of which `size` bytes came, an hour ago; then the server died."""
    wanted = uploads.Wanted(name="clip.mp4", length=clip.stat().st_size, procedure=procedure)
    upload = uploads.begin(application=application, wanted=wanted, door=door)
    uploads.append(upload_id=upload.id, offset=0, source=io.BytesIO(clip.read_bytes()[:size]))
    Upload.objects.filter(pk=upload.pk).update(updated_at=timezone.now() - timedelta(hours=1))
    return upload


def test_a_file_that_came_whole_is_kept_and_processed_though_its_client_never_came_back(
    application: Application, clip: Path, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload = _arrived(application, clip, size=clip.stat().st_size, procedure=procedure.name)
    finish_uploads()
    finish_uploads()
    media = Media.objects.get(upload=upload)
    assert media.file_id == upload.file_id
    run_jobs()
    assert AnimatedImage.objects.filter(media=media).count() == 2
    assert not list(violations())


def test_an_upload_whose_file_was_adopted_meanwhile_stops_nothing_else_of_maintenance(
    application: Application, clip: Path
) -> None:
    """Nothing expired, nothing was pruned and no other upload finished any more: each turn broke off at this one."""
    odd, plain = (_arrived(application, clip, size=clip.stat().st_size) for _ in range(2))
    facts = {"name": odd.name, "media_type": "mp4", "size": 1, "storage_key": odd.storage_key}
    Media.objects.create(application=application, file_id=odd.file_id, **facts)
    old = Media.objects.create(application=application, file_id="1", **{**facts, "storage_key": "1/1/1/v.mp4"})
    Media.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    upkeep()
    assert Media.objects.get(upload=plain).file_id == plain.file_id
    old.refresh_from_db()
    assert old.deleted_at


def test_an_upload_that_is_refused_in_any_way_keeps_no_other_from_being_finished(
    application: Application, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, plain = (_arrived(application, clip, size=clip.stat().st_size) for _ in range(2))

    def commit(*, upload_id: UUID) -> Media:
        if upload_id == odd.id:
            raise UploadIncomplete("The file has not arrived completely.")
        return uploads.commit(upload_id=upload_id)

    monkeypatch.setattr(cleaning, "commit", commit)
    finish_uploads()
    assert Media.objects.get().file_id == plain.file_id


def test_nothing_is_made_of_uploads_that_are_under_way(application: Application, clip: Path) -> None:
    whole = clip.stat().st_size
    _arrived(application, clip, size=whole - 1)
    _arrived(application, clip, size=whole, door="form")  # its visitor sends it again
    cancelled = _arrived(application, clip, size=whole)
    uploads.discard(upload=cancelled)
    elsewhere = _arrived(application, clip, size=whole)
    part_path(elsewhere.id).unlink()
    young = _arrived(application, clip, size=whole)
    Upload.objects.filter(pk=young.pk).update(updated_at=timezone.now())
    finish_uploads()
    assert not Media.objects.exists()
