"""A file's way in: nothing that arrived is lost, nothing is taken twice."""

import io
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from applications.errors import InvalidValue, NoSpace, NotFound
from applications.models import Application
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import Job, Media, ProcedureTask, Upload
from media_jobs.states import UploadState
from media_jobs.store import storage as storages
from media_jobs.store.received import receive
from media_jobs.store.scratch import promised, scratch
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from media_jobs.uploads.part import expect, locked, part_path
from media_jobs.uploads.refusals import (
    BytesElsewhere,
    OffsetMismatch,
    UploadBusy,
    UploadClosed,
    UploadIncomplete,
    UploadTooLarge,
)
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from procedures.services import delete_procedure

pytestmark = pytest.mark.django_db(transaction=True)
DATA = bytes(range(256)) * 40


def _begin(application: Application, *, length: int | None = len(DATA), **more: object) -> Upload:
    return uploads.begin(application=application, wanted=Wanted(name="a.mp4", length=length, **more), door="test")  # type: ignore[arg-type]


def _send(upload: Upload, data: bytes, *, offset: int = 0) -> Upload:
    return uploads.append(upload_id=upload.id, offset=offset, source=io.BytesIO(data))


def test_bytes_sent_in_pieces_arrive_whole(application: Application) -> None:
    upload = _begin(application)
    for start in range(0, len(DATA), 3000):
        upload = _send(upload, DATA[start : start + 3000], offset=start)
    media = uploads.commit(upload_id=upload.id)
    with storage().open(media.storage_key) as file:
        assert file.read() == DATA
    assert not list(scratch().iterdir())


def test_a_second_commit_of_the_same_session_returns_the_same_file(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA)
    first = uploads.commit(upload_id=upload.id)
    assert uploads.commit(upload_id=upload.id) == first
    assert (Media.objects.count(), Job.objects.count()) == (1, 1)
    assert len(first.file_id) == 19
    assert first.file_id.isdecimal()


def _commit_at_once(upload: Upload, *, times: int) -> list[Media]:
    found: list[Media] = []

    def commit() -> None:
        try:
            found.append(uploads.commit(upload_id=upload.id))
        finally:
            connection.close()

    threads = [threading.Thread(target=commit) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_twenty_commits_at_once_make_one_media_and_one_task(application: Application, procedure: Procedure) -> None:
    upload = _begin(application, procedure=procedure.name)
    _send(upload, DATA)
    found = _commit_at_once(upload, times=20)
    assert len(found) == 20
    assert len({media.file_id for media in found}) == 1
    assert (Media.objects.count(), ProcedureTask.objects.count()) == (1, 1)


def test_a_commit_that_died_between_file_and_row_is_finished_by_the_next(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA)
    storage().adopt(part_path(upload.id), upload.storage_key)  # … and here the server died
    media = uploads.commit(upload_id=upload.id)
    assert storage().size(media.storage_key) == len(DATA)


def test_a_client_at_the_wrong_place_is_told_the_right_one(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA[:100])
    with pytest.raises(OffsetMismatch) as refusal:
        _send(upload, DATA[200:], offset=200)
    assert refusal.value.offset == 100
    _send(upload, DATA[100:], offset=100)
    assert uploads.commit(upload_id=upload.id).size == len(DATA)


class _Broken(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 2048:
            raise ConnectionResetError
        return super().read(2048)


def test_what_arrived_before_the_line_broke_is_kept(application: Application) -> None:
    upload = _begin(application)
    with pytest.raises(ConnectionResetError):
        uploads.append(upload_id=upload.id, offset=0, source=_Broken(DATA))
    upload.refresh_from_db()
    assert upload.offset == 2048
    _send(upload, DATA[2048:], offset=2048)
    assert uploads.commit(upload_id=upload.id).size == len(DATA)


def test_bytes_behind_the_safe_offset_are_written_again(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA[:100])
    with part_path(upload.id).open("ab") as part:  # a power cut left a tail that no row vouches for
        part.write(b"garbage")
    _send(upload, DATA[100:], offset=100)
    media = uploads.commit(upload_id=upload.id)
    with storage().open(media.storage_key) as file:
        assert file.read() == DATA


def test_a_rewound_chunk_can_be_sent_again(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA[:100])
    _send(upload, b"wrong bytes", offset=100)
    uploads.rewind(upload_id=upload.id, offset=100)
    _send(upload, DATA[100:], offset=100)
    assert uploads.commit(upload_id=upload.id).size == len(DATA)


def test_more_bytes_than_declared_are_refused_and_the_rest_is_kept(application: Application) -> None:
    upload = _begin(application, length=10)
    with pytest.raises(UploadTooLarge):
        _send(upload, DATA)
    upload.refresh_from_db()
    assert upload.offset == 10


def test_an_upload_may_learn_its_length_later(application: Application) -> None:
    upload = _begin(application, length=None)
    upload = _send(upload, DATA[:5000])
    with pytest.raises(UploadIncomplete):
        uploads.commit(upload_id=upload.id)
    with pytest.raises(InvalidValue):
        uploads.declare_length(upload=upload, length=10)
    uploads.declare_length(upload=upload, length=len(DATA))
    _send(upload, DATA[5000:], offset=5000)
    assert uploads.commit(upload_id=upload.id).size == len(DATA)


def test_an_empty_or_unfinished_file_is_not_taken(application: Application) -> None:
    for length, sent in ((0, b""), (len(DATA), DATA[:10])):
        upload = _begin(application, length=length)
        _send(upload, sent)
        with pytest.raises(UploadIncomplete):
            uploads.commit(upload_id=upload.id)
    assert not Media.objects.exists()


def test_two_writers_of_one_upload_take_turns(application: Application) -> None:
    upload = _begin(application)
    with locked(upload.id), pytest.raises(UploadBusy):
        _send(upload, DATA)


def test_who_goes_on_at_once_after_a_cut_is_not_locked_out_by_what_is_left_of_the_request_before(
    application: Application,
) -> None:
    upload = _begin(application)
    held = locked(upload.id)
    held.__enter__()
    threading.Timer(0.3, held.__exit__, (None, None, None)).start()
    assert _send(upload, DATA).offset == len(DATA)


def test_a_cancelled_upload_is_gone_and_cannot_be_committed(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA)
    uploads.discard(upload=upload)
    uploads.discard(upload=upload)
    assert not list(scratch().iterdir())
    with pytest.raises(UploadClosed):
        uploads.commit(upload_id=upload.id)
    with pytest.raises(UploadClosed):
        _send(upload, DATA)


def test_an_abandoned_upload_is_collected_and_a_fresh_one_is_not(
    application: Application, settings: LazySettings
) -> None:
    fresh = _begin(application)
    settings.ZOETROPE_UPLOAD_LIFETIME *= -1
    old = _begin(application)
    settings.ZOETROPE_UPLOAD_LIFETIME *= -1
    collect_garbage()
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, fresh.state) == (UploadState.ABORTED, UploadState.OPEN)
    assert [path.stem for path in scratch().iterdir()] == [fresh.id.hex]


def test_an_unknown_flow_is_refused_before_a_byte_is_sent(application: Application) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        _begin(application, procedure="nowhere")
    assert not Upload.objects.exists()


def test_a_flow_deleted_during_the_upload_costs_no_file(application: Application, procedure: Procedure) -> None:
    upload = _begin(application, procedure=procedure.name)
    delete_procedure(procedure=procedure)
    _send(upload, DATA)
    media = uploads.commit(upload_id=upload.id)
    assert "loops" in media.problem
    assert not ProcedureTask.objects.exists()


def test_a_disk_without_room_refuses_the_upload(application: Application, settings: LazySettings) -> None:
    settings.ZOETROPE_MIN_FREE_BYTES = 10**18
    with pytest.raises(NoSpace, match="disk space"):
        _begin(application)


def test_no_more_is_promised_than_there_is_room_for(application: Application, settings: LazySettings) -> None:
    """917 uploads of 50 GiB each were taken with 64 GiB free."""
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 10**18
    free = shutil.disk_usage(scratch()).free
    begun = []
    with pytest.raises(NoSpace, match="disk space"):
        begun += [_begin(application, length=free * 2 // 5) for _ in range(917)]
    begun = list(Upload.objects.all())
    assert len(begun) == 2
    assert len(list(scratch().iterdir())) == 2, "what was refused holds nothing"
    with pytest.raises(NoSpace):
        uploads.declare_length(upload=_begin(application, length=None), length=free * 2 // 5)
    uploads.discard(upload=begun[0])
    _begin(application, length=free * 2 // 5)


def test_a_promise_is_kept_while_bytes_come_and_ends_with_the_upload(
    application: Application, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 10**18
    size = 10**9
    upload = _begin(application, length=size)
    _send(upload, DATA[:5000])
    uploads.rewind(upload_id=upload.id, offset=1000)
    assert size - 10**6 < promised() <= size
    other = _begin(application, length=None)
    expect(other.id, size=size)
    _send(other, DATA)
    uploads.declare_length(upload=Upload.objects.get(pk=other.pk), length=len(DATA))
    assert uploads.commit(upload_id=other.id).size == len(DATA)
    assert promised() <= size, "a file that was shorter than its form could be"
    uploads.discard(upload=upload)
    assert promised() < 10**6


def test_an_object_that_is_too_much_for_the_disk_is_refused_before_its_bytes(
    application: Application, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 10**18
    free = shutil.disk_usage(scratch()).free
    _begin(application, length=free * 2 // 3)
    with pytest.raises(NoSpace):
        receive(io.BytesIO(DATA), length=free // 2, limit=10**18)
    assert len(list(scratch().iterdir())) == 1


def test_a_host_without_the_bytes_says_so(application: Application) -> None:
    upload = _begin(application)
    _send(upload, DATA)
    part_path(upload.id).unlink()  # as another host sees it
    with pytest.raises(BytesElsewhere, match="aren't on the host that was asked"):
        uploads.commit(upload_id=upload.id)
    upload.refresh_from_db()
    assert upload.state == UploadState.OPEN, "the host that has them can still commit it"


@pytest.fixture
def other_file_system(settings: LazySettings) -> Iterator[Path]:
    """A storage folder on memory, which /dev/shm is on every Linux; the scratch folder is on a disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        settings.STORAGE_URL = f"file://{folder}"
        storages.storage.cache_clear()
        if scratch().stat().st_dev == Path(folder).stat().st_dev:
            pytest.skip("the temporary folder is on memory, too")
        yield Path(folder)


def test_a_storage_folder_on_another_file_system_takes_files(application: Application, other_file_system: Path) -> None:
    """Every commit failed with errno 18."""
    upload = _begin(application)
    _send(upload, DATA)
    media = uploads.commit(upload_id=upload.id)
    assert [path for path in other_file_system.rglob("*") if path.is_file()] == [other_file_system / media.storage_key]
    assert (other_file_system / media.storage_key).read_bytes() == DATA
    assert not list(scratch().iterdir())


def test_a_copy_that_broke_off_is_made_again_whole(
    application: Application, other_file_system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = _begin(application)
    _send(upload, DATA)
    monkeypatch.setattr(storages, "copy_bytes", lambda source, target, *, length: target.write(source.read(100)))
    with pytest.raises(OSError, match="100 of"):
        uploads.commit(upload_id=upload.id)
    assert not [path for path in other_file_system.rglob("*") if path.is_file()]
    monkeypatch.undo()
    storages.storage.cache_clear()
    assert uploads.commit(upload_id=upload.id).size == len(DATA)


def test_twenty_commits_at_once_copy_once(
    application: Application, other_file_system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = _begin(application)
    _send(upload, DATA)
    copies, copy = [], storages.copy_bytes
    monkeypatch.setattr(storages, "copy_bytes", lambda *args, **kw: (copies.append(1), copy(*args, **kw)))
    assert len({media.pk for media in _commit_at_once(upload, times=20)}) == 1
    assert copies == [1]


@pytest.mark.parametrize(
    ("given", "name", "extension"),
    [
        ("holiday.MP4", "holiday", "mp4"),
        ("../../etc/passwd.mp4", "passwd", "mp4"),
        ("C:\\clips\\cat.mov", "cat", "mov"),
        ("a\x00b\r\n\u202ec.mkv", "abc", "mkv"),
        ("%03d.avi", "%03d", "avi"),
        ("<script>.webm", "<script>", "webm"),
        (".mp4", "untitled", "mp4"),
        ("видео 视频.mp4", "видео 视频", "mp4"),
        ("n" * 400 + ".mp4", "n" * 255, "mp4"),
    ],
)
def test_any_file_name_is_made_safe(application: Application, given: str, name: str, extension: str) -> None:
    upload = uploads.begin(application=application, wanted=Wanted(name=given, length=1), door="test")
    assert (upload.name, upload.media_type) == (name, extension)
    assert upload.storage_key.startswith(f"{application.app_id}/{upload.file_id}/")
    assert Path(upload.storage_key).name == f"v.{extension}"


@pytest.mark.parametrize("given", ["notes.txt", "page.html", "list.m3u8", "picture.svg", "noextension", ""])
def test_what_is_no_video_is_refused_by_name(application: Application, given: str) -> None:
    with pytest.raises(InvalidValue, match="type"):
        uploads.begin(application=application, wanted=Wanted(name=given, length=1), door="test")


def test_a_file_that_only_claims_to_be_a_video_fails_with_a_reason(
    application: Application, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload = _begin(application, procedure=procedure.name)
    _send(upload, DATA)
    media = uploads.commit(upload_id=upload.id)
    run_jobs()
    media.refresh_from_db()
    task = ProcedureTask.objects.get(media=media)
    assert media.problem
    assert task.status == "FINISH"
    assert {job.err_code.split(".")[0] for job in task.jobs.all()} == {"SourceFileError"}
    assert all(job.message for job in task.jobs.all())
