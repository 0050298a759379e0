"""Stored files that rot: no job makes anything of a damaged source, and checking finds a single bit."""

import hashlib
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.utils import timezone

from applications.models import Application
from media_jobs.jobs import sources
from media_jobs.library.services import delete_media
from media_jobs.maintenance import scrub as scrubbing
from media_jobs.maintenance.chores import do_if_due
from media_jobs.maintenance.scrub import scrub
from media_jobs.maintenance.stored_files import Named, fault_of
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Chore, Job, Media, Upload
from media_jobs.states import JobState
from media_jobs.store.storage import LocalDisk, storage
from media_jobs.uploads import services as uploads
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)


def _path(key: str) -> Path:
    store = storage()
    assert isinstance(store, LocalDisk)
    return store.root / key


def _flip(key: str, *, at: int | None = None) -> None:
    """One bit, and the file's times as they were: what a disk does."""
    path = _path(key)
    before, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_source_with_one_flipped_bit_fails_with_a_reason(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    """8 of 8 flipped bits went unnoticed."""
    for eighth in range(8):
        media = upload_clip(procedure=procedure.name)
        _flip(media.storage_key, at=media.size * (2 * eighth + 1) // 16)
    run_jobs()
    jobs = list(Job.objects.all())
    assert len(jobs) == 24
    assert {(job.state, job.err_code) for job in jobs} == {(JobState.FAIL, "SourceFileError.ContentMalformed")}
    assert {job.message for job in jobs} == {
        "The stored file of this media is damaged: it isn't what was uploaded. Upload it again."
    }
    assert not AnimatedImage.objects.exists()
    assert {media.problem for media in Media.objects.all()} == {jobs[0].message}


def test_a_source_that_was_cut_off_fails_with_a_reason(
    upload_clip: Callable[..., Media], settings: LazySettings, run_jobs: Callable[[], int]
) -> None:
    settings.ZOETROPE_CHECK_BYTES = 0  # its size is always looked at
    media = upload_clip()
    os.truncate(_path(media.storage_key), media.size - 1)
    run_jobs()
    assert Job.objects.get().err_code == "SourceFileError.ContentMalformed"


def _begin(application: Application, data: bytes) -> Upload:
    return uploads.begin(application=application, wanted=Wanted(name="a.mp4", length=len(data)), door="test")


def _send(upload: Upload, data: bytes, *, offset: int = 0) -> str:
    uploads.append(upload_id=upload.id, offset=offset, source=io.BytesIO(data))
    upload.refresh_from_db()
    return upload.sha256


def test_a_digest_is_of_all_bytes_or_there_is_none(application: Application) -> None:
    data = bytes(range(256)) * 9000
    whole = _begin(application, data)
    assert _send(whole, data) == hashlib.sha256(data).hexdigest()
    assert uploads.commit(upload_id=whole.id).sha256 == hashlib.sha256(data).hexdigest()
    pieces = _begin(application, data)
    assert _send(pieces, data[:500]) == hashlib.sha256(data[:500]).hexdigest()
    assert _send(pieces, data[500:1000], offset=500) == ""
    uploads.rewind(upload_id=pieces.id, offset=0)
    _send(pieces, data[:500])
    uploads.rewind(upload_id=pieces.id, offset=100)
    pieces.refresh_from_db()
    assert pieces.sha256 == ""
    too_much = _begin(application, data[:10])
    with pytest.raises(uploads.UploadTooLarge):
        _send(too_much, data)
    too_much.refresh_from_db()
    assert (too_much.offset, too_much.sha256) == (10, "")


def test_what_came_in_pieces_is_digested_when_it_is_looked_at(
    application: Application, clip: Path, run_jobs: Callable[[], int]
) -> None:
    data = clip.read_bytes()
    upload = _begin(application, data)
    _send(upload, data[:1000])
    _send(upload, data[1000:], offset=1000)
    media = uploads.commit(upload_id=upload.id)
    assert media.sha256 == ""
    run_jobs()
    media.refresh_from_db()
    assert media.sha256 == hashlib.sha256(data).hexdigest()


def test_a_source_is_read_through_once_for_its_pictures(
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    settings: LazySettings,
) -> None:
    reads, read = [], sources._read_through
    monkeypatch.setattr(sources, "_read_through", lambda *args, **kw: (reads.append(1), read(*args, **kw))[1])
    upload_clip(procedure=procedure.name)
    assert run_jobs() == 3
    assert len(reads) == 1
    settings.ZOETROPE_CHECK_BYTES = 10
    upload_clip(procedure=procedure.name)
    assert run_jobs() == 3
    assert len(reads) == 1, "a large one that was digested as it came is left to verify --deep"


def test_verify_finds_what_is_empty_or_short_and_deep_a_single_bit(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    media.refresh_from_db()
    assert not list(violations(deep=True))
    first, second = AnimatedImage.objects.order_by("pk")
    _flip(media.storage_key)
    _flip(first.storage_key)
    os.truncate(_path(second.storage_key), 0)
    os.truncate(_path(media.poster_key), 0)
    empty = {f"the bytes of {key} are none: the file is empty" for key in (second.storage_key, media.poster_key)}
    assert set(violations()) == empty
    assert set(violations(deep=True)) == empty | {
        f"the bytes of {media.storage_key} are damaged: their sha256 is another one",
        f"the bytes of {first.storage_key} are damaged: their md5 is another one",
    }
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify", "--deep", stdout=out)
    assert "4 violations" in out.getvalue()


def _turn() -> str:
    """The problem that a turn of the scrubber leaves."""
    Chore.objects.filter(name="scrub").update(due_at=timezone.now() - timedelta(seconds=1))
    assert do_if_due("scrub", scrub, every=timedelta(hours=1))
    return Chore.objects.get(name="scrub").problem


def test_a_file_that_is_deleted_while_it_is_looked_at_is_not_missing(
    upload_clip: Callable[..., Media], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are read by the batch, and a file may take long."""
    settings.ZOETROPE_SCRUB_BYTES_A_DAY = 24 * 10**9
    media = [upload_clip() for _ in range(2)]

    def late(named: Named, *, deep: bool) -> str:
        if named.key == media[0].storage_key:
            delete_media(media=media[1])
        return fault_of(named, deep=deep)

    monkeypatch.setattr(scrubbing, "fault_of", late)
    assert _turn() == ""


def test_a_bit_that_flips_is_found_within_a_round_and_named_until_it_is_well_again(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int], settings: LazySettings
) -> None:
    """A turn reads at least one file, here just that."""
    settings.ZOETROPE_SCRUB_BYTES_A_DAY = 24
    media = [upload_clip(procedure=procedure.name) for _ in range(2)]
    run_jobs()
    image = AnimatedImage.objects.last()
    assert image is not None
    files = len(media) + AnimatedImage.objects.count()
    assert [_turn() for _ in range(files + 1)] == [""] * (files + 1)
    for key in (media[1].storage_key, image.storage_key):
        _flip(key)
    problems = [_turn() for _ in range(files + 1)]
    assert media[1].storage_key in problems[-1]
    assert image.storage_key in problems[-1]
    for key in (media[1].storage_key, image.storage_key):
        _flip(key)
    assert _turn() == ""
