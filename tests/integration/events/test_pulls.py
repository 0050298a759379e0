"""PullUpload: a file from a URL becomes a media, or the task says why not (docs/reliability.md F21)."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now

from applications.errors import InvalidValue
from applications.models import Application
from media_jobs.jobs.services import TaskDuplicated
from media_jobs.maintenance.moments import mend_leases
from media_jobs.models import Event, Media, ProcedureTask, PullTask, Upload
from media_jobs.pulls.download import fetch
from media_jobs.pulls.leases import CONNECT, OPENING, claim_pull
from media_jobs.pulls.services import cancel_pull, pull_upload
from media_jobs.states import UploadState
from media_jobs.store.storage import storage
from media_jobs.uploads.part import part_path
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from tests.receivers import Receiver, answer, drip, receiver

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff" + bytes(100)


@pytest.fixture
def source(clip: Path) -> Iterator[Receiver]:
    with receiver(answer(200, 'ETag: "v1"', body=clip.read_bytes())) as listening:
        yield listening


def pull(application: Application, source: Receiver, **options: object) -> PullTask:
    wanted = options.pop("wanted", Wanted(name=""))
    url = f"http://127.0.0.1:{source.port}/folder/my%20clip.mp4?x=1"
    return pull_upload(application=application, url=url, wanted=wanted, **options)  # type: ignore[arg-type]


def run(task: PullTask, *, times: int = 1) -> PullTask:
    for _ in range(times):
        PullTask.objects.filter(status="WAITING").update(not_before=Now())
        lease = claim_pull()
        assert lease and lease.pull == task
        fetch(lease, stopping=threading.Event())
    return PullTask.objects.select_related("upload__media").get(pk=task.pk)


def test_a_file_from_a_url_becomes_a_media_and_its_flow_runs(
    application: Application, source: Receiver, clip: Path, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    wanted = Wanted(name="", procedure=procedure.name, source_context="s", session_context="c")
    task = run(pull(application, source, wanted=wanted))
    media = Media.objects.get()
    assert (media.name, media.media_type, media.source_context) == ("my clip", "mp4", "s")
    with storage().open(media.storage_key) as file:
        assert file.read() == clip.read_bytes()
    assert (task.status, task.err_code, task.message, task.progress) == ("FINISH", 0, "", 100)
    content = Event.objects.get(type="PullComplete").content["PullCompleteEvent"]
    assert (content["FileId"], content["Status"], content["Message"]) == (media.file_id, "FINISH", "SUCCESS")
    assert content["ProcedureTaskId"] == ProcedureTask.objects.get().task_id
    assert content["SessionContext"] == "c"
    assert run_jobs() == 3


def test_name_and_type_can_be_given(application: Application, source: Receiver) -> None:
    wanted = Wanted(name="Given", media_type="mov")
    url = f"http://127.0.0.1:{source.port}/download"
    run(pull_upload(application=application, url=url, wanted=wanted))
    media = Media.objects.get()
    assert (media.name, media.media_type) == ("Given", "mov")


def test_a_url_that_names_no_video_is_refused_at_once(application: Application) -> None:
    with pytest.raises(InvalidValue):
        pull_upload(application=application, url="http://127.0.0.1/page.html", wanted=Wanted(name=""))


@pytest.mark.parametrize("field", ["url", "cover_url"])
def test_addresses_inside_are_refused_at_once(application: Application, field: str) -> None:
    urls = {"url": "http://127.0.0.1/a.mp4", "cover_url": "http://127.0.0.1/a.jpg", field: "http://10.0.0.1/a.mp4"}
    with pytest.raises(InvalidValue) as refusal:
        pull_upload(application=application, wanted=Wanted(name=""), **urls)
    assert refusal.value.field == field


def test_a_session_id_pulls_once(application: Application, source: Receiver) -> None:
    pull(application, source, session_id="once")
    with pytest.raises(TaskDuplicated):
        pull(application, source, session_id="once")
    assert PullTask.objects.count() == 1


def test_what_waits_can_be_called_off(application: Application, source: Receiver) -> None:
    task = pull(application, source)
    assert cancel_pull(pull=task)
    assert not cancel_pull(pull=task)
    assert claim_pull() is None


def test_a_download_that_breaks_off_goes_on_where_it_was(
    application: Application, source: Receiver, clip: Path
) -> None:
    data = clip.read_bytes()
    source.behave = broken_off(data, at=30_000, etag='"v1"')
    task = pull(application, source)
    assert run(task).upload.offset == 30_000
    source.behave = rest_of(data, etag='"v1"')
    assert run(task).err_code == 0
    assert source.messages[1].headers["range"] == "bytes=30000-"
    assert source.messages[1].headers["if-range"] == '"v1"'
    assert_arrived(data)


@pytest.mark.parametrize("arrived", [30_000, None], ids=["half", "all"])
def test_a_worker_on_another_host_begins_anew(
    application: Application, source: Receiver, clip: Path, arrived: int | None
) -> None:
    data = clip.read_bytes()
    source.behave = broken_off(data, at=30_000, etag='"v1"')
    task = pull(application, source)
    run(task)
    part_path(task.upload.id).unlink()
    if arrived is None:
        Upload.objects.update(offset=len(data), length=len(data))
    source.behave = answer(200, body=data)
    assert run(task).err_code == 0
    assert_arrived(data)


@pytest.mark.parametrize("etag", ['W/"v1"', "", "v1"])
def test_without_a_strong_etag_it_begins_anew(
    application: Application, source: Receiver, clip: Path, etag: str
) -> None:
    data = clip.read_bytes()
    source.behave = broken_off(data[::-1], at=30_000, etag=etag)
    task = pull(application, source)
    run(task)
    source.behave = answer(200, body=data)
    run(task)
    assert "range" not in source.messages[1].headers
    assert_arrived(data)


def test_a_source_that_changed_is_taken_as_it_is_now(application: Application, source: Receiver, clip: Path) -> None:
    data = clip.read_bytes()
    source.behave = broken_off(data[::-1] * 2, at=30_000, etag='"v1"')
    task = pull(application, source)
    run(task)
    source.behave = answer(200, 'ETag: "v2"', body=data)
    run(task)
    assert_arrived(data)


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Range: bytes 0-10/99"],
        ["Content-Range: nonsense"],
        [],
        ["Content-Range: bytes 30000-30010/40000", 'ETag: "v2"'],
    ],
)
def test_a_lying_range_ends_the_pull(
    application: Application, source: Receiver, clip: Path, headers: list[str]
) -> None:
    source.behave = broken_off(clip.read_bytes(), at=30_000, etag='"v1"')
    task = pull(application, source)
    run(task)
    source.behave = answer(206, *headers, body=b"x" * 11)
    ended = run(task)
    assert (ended.status, ended.err_code) == ("FINISH", 60000)


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (answer(404), "404"),
        (answer(403), "403"),
        (answer(200), "empty"),
        (answer(200, "Content-Encoding: gzip", body=b"x"), "compressed"),
        (answer(302), "nowhere"),
        (answer(302, "Location: http://169.254.169.254/a.mp4"), "public"),
        (answer(302, "Location: file:///etc/passwd"), "http"),
        (answer(302, "Location: /again"), "redirects more than 3"),
        (answer(302, "Location: http://[nonsense"), "URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_source_that_refuses_or_leads_astray_ends_the_pull_with_a_reason(
    application: Application, source: Receiver, behave: Callable[[socket.socket], None], said: str
) -> None:
    source.behave = behave
    ended = run(pull(application, source))
    assert (ended.status, ended.err_code) == ("FINISH", 60000)
    assert said in ended.message
    content = Event.objects.get().content["PullCompleteEvent"]
    assert (content["ErrCode"], content["Message"], content["FileId"]) == (60000, ended.message, "")
    assert "MediaBasicInfo" not in content


def test_a_redirect_is_followed(application: Application, source: Receiver, clip: Path) -> None:
    with receiver(answer(301, f"Location: http://127.0.0.1:{source.port}/real.mp4")) as front:
        assert run(pull(application, front)).err_code == 0
    assert_arrived(clip.read_bytes())


def test_a_source_that_is_down_is_asked_five_times(application: Application, source: Receiver) -> None:
    source.behave = answer(503)
    task = pull(application, source)
    waiting = run(task, times=4)
    assert (waiting.status, waiting.message) == ("WAITING", "The source answered 503.")
    ended = run(task)
    assert (ended.status, ended.err_code, len(source.messages)) == ("FINISH", 60000, 5)


def test_a_source_that_drips_is_given_up(application: Application, source: Receiver, settings: LazySettings) -> None:
    settings.ZOETROPE_PULL_RATE_SECONDS = 1.5
    source.behave = slow
    began = time.monotonic()
    ended = run(pull(application, source))
    assert time.monotonic() - began < 5
    assert (ended.err_code, ended.message) == (60000, "The source is too slow.")


def test_an_endless_source_ends_at_the_size_limit(
    application: Application, source: Receiver, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 5 * 1024**2
    source.behave = endless_without_length
    ended = run(pull(application, source))
    assert ended.err_code == 40000
    assert Media.objects.count() == 0


def test_a_source_that_announces_too_much_is_not_read(
    application: Application, source: Receiver, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 1000
    ended = run(pull(application, source))
    assert (ended.err_code, ended.upload.offset) == (40000, 0)


def test_a_stopping_worker_hands_the_pull_back_uncounted(application: Application, source: Receiver) -> None:
    task = pull(application, source)
    lease = claim_pull()
    stopping = threading.Event()
    stopping.set()
    assert lease
    fetch(lease, stopping=stopping)
    task.refresh_from_db()
    assert (task.status, task.attempts) == ("WAITING", 0)
    assert run(task).err_code == 0


def test_a_pull_whose_worker_fell_silent_is_taken_over_and_the_first_one_is_fenced_off(
    application: Application, source: Receiver, clip: Path
) -> None:
    pull(application, source)
    silent = claim_pull()
    assert silent and claim_pull() is None
    PullTask.objects.update(lease_until=silent.pull.created_at)
    second = claim_pull()
    assert second
    fetch(second, stopping=threading.Event())
    fetch(silent, stopping=threading.Event())
    assert Media.objects.count() == Event.objects.count() == 1
    assert_arrived(clip.read_bytes())


def test_a_source_that_says_nothing_is_not_asked_twice_at_once_however_short_leases_are(
    application: Application, source: Receiver, settings: LazySettings
) -> None:
    """Nobody renews the lease until its headers come: it was claimed again and again, and never ended."""
    settings.ZOETROPE_LEASE = timedelta(seconds=1)
    pull(application, source)
    held = claim_pull()
    assert held
    mend_leases()  # each second, by every worker
    held.pull.refresh_from_db()
    assert held.pull.lease_until is not None
    assert held.pull.lease_until > held.pull.created_at + timedelta(seconds=CONNECT + OPENING)
    assert claim_pull() is None


def test_a_pull_that_no_worker_outlives_is_given_up(
    application: Application, source: Receiver, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_ATTEMPTS = 3
    task = pull(application, source)
    for _ in range(3):
        assert claim_pull()
        PullTask.objects.update(lease_until=task.created_at)
    assert claim_pull() is None
    task.refresh_from_db()
    assert (task.status, task.err_code) == ("FINISH", 60000)
    assert "Workers stopped again and again" in task.message
    assert Upload.objects.get().state == UploadState.ABORTED


def test_the_cover_comes_along(application: Application, source: Receiver) -> None:
    with receiver(answer(200, body=JPEG)) as cover:
        run(pull(application, source, cover_url=f"http://127.0.0.1:{cover.port}/cover.jpg"))
    with storage().open(Media.objects.get().poster_key) as file:
        assert file.read() == JPEG


@pytest.mark.parametrize("behave", [answer(404), answer(200, body=b"<svg onload=x>")])
def test_a_cover_that_is_none_leaves_the_media_without(
    application: Application, source: Receiver, behave: Callable[[socket.socket], None]
) -> None:
    with receiver(behave) as cover:
        ended = run(pull(application, source, cover_url=f"http://127.0.0.1:{cover.port}/cover.jpg"))
    assert ended.err_code == 0
    assert Media.objects.get().poster_key == ""


def test_a_cover_that_drips_holds_its_pull_up_for_a_moment_only(
    application: Application, source: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_jobs.pulls.download.IDLE", 1.0)
    task = pull(application, source)
    with receiver(drip) as cover:
        PullTask.objects.filter(pk=task.pk).update(cover_url=f"http://127.0.0.1:{cover.port}/cover.jpg")
        began = time.monotonic()
        ended = run(task)
    assert time.monotonic() - began < 5
    assert (ended.status, ended.err_code) == ("FINISH", 0)
    assert Media.objects.get().poster_key == ""


def test_pulls_of_a_busy_application_do_not_hold_up_another_ones(
    application: Application, other_application: Application, source: Receiver
) -> None:
    for _ in range(3):
        pull(application, source)
    late = pull(other_application, source)
    first, second = claim_pull(), claim_pull()
    assert first and second
    assert (first.pull.application, second.pull) == (application, late)


def assert_arrived(data: bytes) -> None:
    with storage().open(Media.objects.get().storage_key) as file:
        assert file.read() == data


def broken_off(data: bytes, *, at: int, etag: str) -> Callable[[socket.socket], None]:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n" + (f"ETag: {etag}\r\n" if etag else "") + "\r\n"

    def behave(connection: socket.socket) -> None:
        connection.sendall(head.encode() + data[:at])

    return behave


def rest_of(data: bytes, *, etag: str) -> Callable[[socket.socket], None]:
    start = 30_000
    return answer(206, f"ETag: {etag}", f"Content-Range: bytes {start}-{len(data) - 1}/{len(data)}", body=data[start:])


def slow(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x" * 100)
        time.sleep(0.1)


def endless_without_length(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(bytes(65536))
