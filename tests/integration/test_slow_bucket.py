"""A bucket slower than a lease is long: sources are fetched once, pushed behind the answer, and nothing is lost."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from applications.errors import NoSpace
from applications.models import Application
from media_jobs.jobs import heartbeat, leases
from media_jobs.jobs.run import run
from media_jobs.library.services import delete_media, modify_media
from media_jobs.maintenance.cleaning import end_what_expired, finish_uploads
from media_jobs.maintenance.orphans import suspect
from media_jobs.maintenance.worker import stopping
from media_jobs.models import AnimatedImage, Job, Media, Upload
from media_jobs.states import JobState, UploadState
from media_jobs.store import copies, outgoing, s3
from media_jobs.store import storage as storages
from media_jobs.store.s3 import StorageUnavailable
from media_jobs.store.scratch import hold, scratch
from media_jobs.store.storage import Storage, media_key, storage
from media_jobs.store.transfers import fetch
from media_jobs.uploads import services as uploads
from media_jobs.uploads.part import part_path
from media_jobs.uploads.push import push_waiting, pusher
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate
from tests.faults.instance import wait_for
from tests.integration.test_storage_s3 import server  # noqa: F401  a fixture
from tests.slow_lines import slow_line

pytestmark = [pytest.mark.xdist_group("moto"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bucket(server: str, settings: LazySettings) -> Iterator[Storage]:  # noqa: F811
    settings.STORAGE_URL = server
    storages.storage.cache_clear()
    yield storage()
    pusher.join(seconds=30)


@pytest.fixture
def no_pusher(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had died after the answer."""
    monkeypatch.setattr(pusher, "wake", lambda: None)


def _slow(settings: LazySettings, line: int) -> None:
    parts = urlsplit(settings.STORAGE_URL)
    settings.STORAGE_URL = settings.STORAGE_URL.replace(f":{parts.port}/", f":{line}/")
    storages.storage.cache_clear()


@pytest.fixture
def fetched(bucket: Storage, no_pusher: None, upload_clip: Callable[..., Media]) -> Callable[..., Media]:
    """Upload and push a clip; this host forgets its bytes, as if another had taken them in."""

    def bring_in(**more: str) -> Media:
        media = upload_clip(**more)
        push_waiting()
        assert copies.drop(media.storage_key)
        return media

    return bring_in


def _asked(caplog: pytest.LogCaptureFixture, method: str, key: str) -> int:
    """How often the server was."""
    return sum(f"{method} /media/{key}" in record.getMessage() for record in caplog.records)


@pytest.fixture
def sweeping() -> Iterator[None]:
    """Somebody who takes every job back whose lease is over."""
    over = threading.Event()

    def sweep() -> None:
        while not over.wait(0.05):
            leases.sweep()
        connection.close()

    thread = threading.Thread(target=sweep)
    thread.start()
    yield
    over.set()
    thread.join()


def test_a_source_that_is_slower_than_several_leases_is_used_at_the_first_attempt(
    fetched: Callable[..., Media],
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    sweeping: None,
) -> None:
    """It was fetched 25 times, and then the job failed."""
    media = fetched()
    ordinary, settings.ZOETROPE_LEASE = settings.ZOETROPE_LEASE, timedelta(seconds=0.8)
    monkeypatch.setattr(heartbeat, "_OFTEN", 0.05)

    def then_take_your_time(*args: Any, **kwargs: Any) -> None:
        fetch(*args, **kwargs)
        settings.ZOETROPE_LEASE = ordinary  # the codec's own signs of life come once a second

    monkeypatch.setattr(s3, "fetch", then_take_your_time)
    parts = urlsplit(settings.STORAGE_URL)
    assert parts.hostname and parts.port
    with slow_line(parts.hostname, parts.port, rate=media.size / 2.6) as line:
        _slow(settings, line)
        began = time.monotonic()
        lease = leases.claim(worker="test")
        assert lease
        run(lease, stopping=stopping)
        took = time.monotonic() - began
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.SUCCESS, 1)
    assert took > 3 * 0.8


def test_ten_pictures_fetch_their_source_once(
    fetched: Callable[..., Media],
    application: Application,
    gif_template: AnimatedImageTemplate,
    run_jobs: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = [StepInput(definition=gif_template.definition, start=0.1 * n, end=0.1 * n + 0.4) for n in range(10)]
    create_procedure(application=application, name="ten", steps=steps)
    media = fetched(procedure="ten")
    caplog.clear()
    assert run_jobs() == 11
    assert AnimatedImage.objects.count() == 10
    assert _asked(caplog, "GET", media.storage_key) == 1


def test_processes_that_want_the_same_source_at_once_fetch_it_once(
    fetched: Callable[..., Media], caplog: pytest.LogCaptureFixture
) -> None:
    media, seen = fetched(), []

    def use() -> None:
        with storage().local(media.storage_key, alive=lambda: None) as path:
            seen.append(path.stat().st_size)

    caplog.clear()
    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [media.size] * 8
    assert _asked(caplog, "GET", media.storage_key) == 1


def test_the_longest_unused_copies_go_first_and_none_that_is_in_use(
    fetched: Callable[..., Media], settings: LazySettings
) -> None:
    media = [fetched() for _ in range(4)]
    settings.ZOETROPE_COPIES_BYTES = media[0].size * 2

    def there() -> list[bool]:
        return [copies.path_of(one.storage_key).exists() for one in media]

    with storage().local(media[0].storage_key):
        for one in media[1:]:
            with storage().local(one.storage_key) as path:
                assert path.exists()
        assert there() == [True, False, False, True]
    with storage().local(media[1].storage_key):
        assert there() == [False, True, False, True]
    settings.ZOETROPE_COPIES_BYTES = 0
    with storage().local(media[2].storage_key) as path:
        assert path.stat().st_size == media[2].size
    assert there() == [False] * 4


def test_a_copy_gets_its_room_from_others_or_is_refused(
    fetched: Callable[..., Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = fetched(), fetched()
    with storage().local(old.storage_key):
        pass

    def crowded(file: io.BufferedWriter, size: int) -> None:
        if copies.path_of(old.storage_key).exists():
            raise NoSpace("There is not enough free disk space.")
        hold(file, size)

    def full(file: io.BufferedWriter, size: int) -> None:
        raise NoSpace("There is not enough free disk space.")

    monkeypatch.setattr(copies, "hold", crowded)
    with storage().local(new.storage_key) as path:
        assert path.stat().st_size == new.size
    monkeypatch.setattr(copies, "hold", full)

    with pytest.raises(NoSpace), storage().local(old.storage_key):
        pass
    assert not list(scratch().glob("*.copy"))


def test_a_copy_that_was_damaged_is_fetched_again_and_a_damaged_object_fails(
    fetched: Callable[..., Media], run_jobs: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    media = fetched()
    copies.path_of(media.storage_key).write_bytes(b"x" * media.size)
    caplog.clear()
    run_jobs()
    assert Job.objects.get().state == JobState.SUCCESS
    assert _asked(caplog, "GET", media.storage_key) == 1
    broken = fetched()
    Media.objects.filter(pk=broken.pk).update(sha256="0" * 64)
    run_jobs()
    assert Job.objects.get(media=broken).err_code == "SourceFileError.ContentMalformed"


def test_a_commit_answers_before_the_bytes_are_pushed_and_jobs_need_not_wait(
    bucket: Storage,
    settings: LazySettings,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
    clip: Path,
) -> None:
    parts = urlsplit(settings.STORAGE_URL)
    assert parts.hostname and parts.port
    with slow_line(parts.hostname, parts.port, rate=clip.stat().st_size / 1.0) as line:
        _slow(settings, line)
        media = upload_clip(procedure=procedure.name)
        assert media.waits_on, "the answer is there, the bytes still are on this host"
        for _ in range(3):
            assert uploads.commit(upload_id=media.upload.id) == media
        with storage().open(media.storage_key) as file:
            assert file.read() == clip.read_bytes()
        assert Media.objects.get().waits_on
        pusher.join(seconds=30)
        assert _asked(caplog, "PUT", media.storage_key) == 1
        assert Media.objects.get().waits_on == ""
    assert not list(outgoing.waiting())
    settings.STORAGE_URL = settings.STORAGE_URL.replace(f":{line}/", f":{parts.port}/")
    storages.storage.cache_clear()
    assert storage().size(media.storage_key) == media.size
    run_jobs()
    assert {job.state for job in Job.objects.all()} == {JobState.SUCCESS}
    assert _asked(caplog, "GET", media.storage_key) == 0


def test_a_cover_is_set_before_it_is_pushed(
    bucket: Storage,
    no_pusher: None,
    upload_clip: Callable[..., Media],
    server: str,  # noqa: F811
    settings: LazySettings,
) -> None:
    media = upload_clip()
    settings.STORAGE_URL = server.replace("/media?", "/nowhere?")
    storages.storage.cache_clear()
    covers = []
    for number in range(2):
        modify_media(media=media, fields={"cover": b"GIF89a" + bytes([number])})
        covers.append(Media.objects.get().poster_key)
        with storage().open(covers[-1]) as file:
            assert file.read() == b"GIF89a" + bytes([number])
        settings.STORAGE_URL = server
        storages.storage.cache_clear()
    push_waiting()
    assert bucket.exists(covers[1])
    assert not bucket.exists(covers[0])
    assert not list(outgoing.waiting())


def test_a_push_that_died_is_done_by_whoever_looks_next(
    bucket: Storage, no_pusher: None, upload_clip: Callable[..., Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    media = upload_clip()

    class Killed(BaseException):
        pass

    def die(key: str) -> None:
        raise Killed

    monkeypatch.setattr(outgoing, "drop", die)  # in the bucket, in the row, and then
    with pytest.raises(Killed):
        push_waiting()
    monkeypatch.undo()
    Media.objects.update(waits_on="host")
    push_waiting()
    assert not list(outgoing.waiting())
    assert Media.objects.get().waits_on == ""
    assert bucket.size(media.storage_key) == media.size


def test_bytes_stay_on_the_host_while_the_bucket_is_away(
    bucket: Storage,
    no_pusher: None,
    upload_clip: Callable[..., Media],
    settings: LazySettings,
    server: str,  # noqa: F811
) -> None:
    media = upload_clip()
    settings.STORAGE_URL = server.replace("/media?", "/other?")
    storages.storage.cache_clear()
    with pytest.raises((StorageUnavailable, FileNotFoundError)):
        push_waiting()
    assert list(outgoing.waiting()) == [media.storage_key]
    settings.STORAGE_URL = server
    storages.storage.cache_clear()
    push_waiting()
    assert bucket.size(media.storage_key) == media.size


def test_a_file_that_is_slow_or_cannot_be_pushed_holds_up_no_other(
    bucket: Storage, upload_clip: Callable[..., Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    push, slow, go_on = bucket.push, list[str](), threading.Event()

    def hesitate(key: str) -> None:
        if not slow:
            slow.append(key)
            go_on.wait(20)
            raise StorageUnavailable("not this one")
        push(key)

    monkeypatch.setattr(bucket, "push", hesitate)
    first = upload_clip()
    wait_for(lambda: slow, seconds=10, what="the first push")
    second = upload_clip()
    wait_for(lambda: not Media.objects.get(pk=second.pk).waits_on, seconds=10, what="the second push")
    go_on.set()
    pusher.join(seconds=20)
    assert list(outgoing.waiting()) == [first.storage_key], "until maintenance looks again"
    third = upload_clip()
    pusher.join(seconds=20)
    assert not list(outgoing.waiting())
    assert bucket.size(first.storage_key) == bucket.size(third.storage_key)


def test_a_commit_that_died_between_file_and_row_is_finished(
    bucket: Storage, no_pusher: None, application: Application, clip: Path
) -> None:
    data = clip.read_bytes()
    wanted = Wanted(name="clip.mp4", length=len(data))
    upload = uploads.begin(application=application, wanted=wanted, door="tus")
    uploads.append(upload_id=upload.id, offset=0, source=io.BytesIO(data))
    bucket.take_in(part_path(upload.id), upload.storage_key)
    push_waiting()
    assert list(outgoing.waiting()) == [upload.storage_key], "while it is under way nothing is done"
    Upload.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    finish_uploads()
    push_waiting()
    assert bucket.size(Media.objects.get().storage_key) == len(data)


def test_what_is_deleted_before_it_was_pushed_is_in_no_place(
    bucket: Storage, no_pusher: None, upload_clip: Callable[..., Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = upload_clip(), upload_clip()
    Media.objects.filter(pk=early.pk).update(deleted_at=timezone.now())  # on another host
    push, deleted = bucket.push, []

    def then_delete(key: str) -> None:
        push(key)
        deleted.append(key)
        delete_media(media=late)

    monkeypatch.setattr(bucket, "push", then_delete)
    push_waiting()
    assert deleted == [late.storage_key]
    assert not list(outgoing.waiting())
    assert not bucket.exists(early.storage_key)
    assert not bucket.exists(late.storage_key)


def test_what_is_deleted_while_it_is_pushed_is_in_no_place(
    bucket: Storage,
    no_pusher: None,
    upload_clip: Callable[..., Media],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It stayed in the bucket until its time as a suspect was over."""
    media, send = upload_clip(), s3.send

    def then_delete(client: Any, path: Path, **where: Any) -> None:
        whole = path.rename(tmp_path / "still open")
        delete_media(media=media)
        send(client, whole, **where)

    monkeypatch.setattr(s3, "send", then_delete)
    push_waiting()
    assert not bucket.exists(media.storage_key)


def test_a_host_that_has_not_got_the_bytes_yet_puts_the_job_off(
    bucket: Storage,
    no_pusher: None,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    upload_clip()
    here, settings.ZOETROPE_DATA_DIR = settings.ZOETROPE_DATA_DIR, tmp_path / "another host"
    assert run_jobs() == 1
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    assert job.message == "Waiting for the machine: the file is still on its way to the store."
    settings.ZOETROPE_DATA_DIR = here
    push_waiting()
    settings.ZOETROPE_DATA_DIR = tmp_path / "another host"
    leases.sweep()
    assert run_jobs() == 1, "as soon as they are pushed"
    assert Job.objects.get().state == JobState.SUCCESS


def test_a_file_that_a_restored_database_does_not_know_is_pushed_and_kept_as_a_suspect(bucket: Storage) -> None:
    key = media_key(app_id=1500000001, file_id=f"{6 * 10**18}", extension="mp4")
    path = scratch() / "made"
    path.write_bytes(b"newer than the database")
    bucket.take_in(path, key)
    push_waiting()
    assert not list(outgoing.waiting())
    assert bucket.size(key) == 23
    assert suspect().suspects >= 1


def test_a_file_that_a_restored_database_knows_only_half_of_outlives_its_upload(
    bucket: Storage, no_pusher: None, application: Application, clip: Path
) -> None:
    """The backup was made amid the upload. As that ended unfinished a day later, the file was thrown away."""
    data = clip.read_bytes()
    upload = uploads.begin(application=application, wanted=Wanted(name="clip.mp4", length=len(data)), door="tus")
    uploads.append(upload_id=upload.id, offset=0, source=io.BytesIO(data))
    bucket.take_in(part_path(upload.id), upload.storage_key)
    Upload.objects.update(offset=10)
    Upload.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    end_what_expired()
    push_waiting()
    assert Upload.objects.get().state == UploadState.ABORTED
    assert bucket.size(upload.storage_key) == len(data)
    assert not list(outgoing.waiting())
    assert suspect().suspects >= 1
