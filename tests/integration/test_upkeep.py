"""Maintenance has a lane of its own, and what expires is gone at that moment, not when somebody cleans up."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from applications.models import Application, User
from applications.services.keys import issue_access_token
from config.management.commands.runconsole import children
from media_jobs.events.dispatcher import Dispatcher
from media_jobs.jobs.services import MediaNotReady, submit_task
from media_jobs.library.classes import create_class, delete_class
from media_jobs.library.selectors import Figures
from media_jobs.maintenance import cleaning, retention, upkeep
from media_jobs.maintenance.chores import do_if_due
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Chore, Media
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.selectors import plan_of

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def expired(upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]) -> Media:
    """Made and looked at, with two pictures; its time was over a moment ago, and nobody has cleaned up yet."""
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    Media.objects.filter(pk=media.pk).update(expires_at=timezone.now() - timedelta(milliseconds=50))
    media.refresh_from_db()
    return media


def test_what_has_expired_is_served_to_nobody_though_nothing_was_cleaned_up(expired: Media, client: Client) -> None:
    keys = [expired.storage_key, expired.poster_key, *AnimatedImage.objects.values_list("storage_key", flat=True)]
    assert len(keys) == 4
    assert all(storage().exists(key) for key in keys)
    assert [client.get(f"/media/{key}").status_code for key in keys] == [404] * 4


def test_what_has_expired_is_in_no_list_and_nothing_is_made_of_it(
    expired: Media, client: Client, owner: User, application: Application, procedure: Procedure
) -> None:
    token = issue_access_token(user=owner, application=application)[1]
    bearer = {"Authorization": f"Bearer {token}"}
    for path in ("media", "outputs"):
        assert client.get(f"/api/v1/{path}", headers=bearer).json()["results"] == [], path
    assert client.get(f"/api/v1/media/{expired.file_id}", headers=bearer).status_code == 404
    assert (Figures.of(application).media, Figures.of(application).images) == (0, 0)
    with pytest.raises(MediaNotReady):
        submit_task(media=expired, plan=plan_of(procedure))


def test_an_expired_media_keeps_no_class_from_going(expired: Media, application: Application) -> None:
    shelf = create_class(application=application, name="shelf")
    Media.objects.update(media_class=shelf)
    delete_class(media_class=shelf)


def test_a_browser_keeps_nothing_beyond_the_moment_at_which_it_expires(uploaded: Media, client: Client) -> None:
    address = f"/media/{uploaded.storage_key}"
    assert "max-age=86400" in client.get(address)["Cache-Control"]
    Media.objects.update(expires_at=timezone.now() + timedelta(seconds=90))
    assert client.get(address)["Cache-Control"] in [f"private, max-age={n}, immutable" for n in range(80, 91)]


def test_an_upload_that_outlasts_its_media_starts_no_flow_and_loses_nothing(
    application: Application, procedure: Procedure
) -> None:
    soon = timezone.now() + HOUR
    wanted = uploads.Wanted(name="a.mp4", length=1, procedure=procedure.name, expires_at=soon)
    upload = uploads.begin(application=application, wanted=wanted, door="tus")
    uploads.part_path(upload.id).write_bytes(b"x")
    type(upload).objects.update(offset=1, media_expires_at=timezone.now() - HOUR)
    assert "expired" in uploads.commit(upload_id=upload.id).problem


def test_jobs_that_wait_do_not_keep_maintenance_from_its_work(
    expired: Media, upload_clip: Callable[..., Media], procedure: Procedure, settings: LazySettings
) -> None:
    """Nobody takes a single message of any queue, as if every slot were busy for hours."""
    settings.ZOETROPE_UPKEEP_SECONDS = 0.05
    upload_clip(name="waits.mp4", procedure=procedure.name)
    stopping = threading.Event()
    thread = upkeep.start_upkeep(stopping=stopping)
    deadline = time.monotonic() + 10
    while Chore.objects.filter(done_at__isnull=False, problem="").count() < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    stopping.set()
    thread.join(10)
    names = set(Chore.objects.exclude(done_at=None).values_list("name", flat=True))
    assert names == {"expiry", "termination", "garbage", "retention", "folding", "holdings"}
    expired.refresh_from_db()
    assert expired.deleted_at
    assert not storage().exists(expired.storage_key)


@pytest.mark.parametrize("role", ["all", "web", "worker", "beat"])
def test_every_role_with_a_scratch_folder_has_somebody_who_keeps_it_up(role: str) -> None:
    """Workers do it by themselves; a host without any has a process for it."""
    names = {child.name for child in children(role)}
    assert "upkeep" in names or "pictures" in names


def test_of_those_that_share_a_folder_one_does_it_and_another_takes_over() -> None:
    with upkeep._alone() as first, upkeep._alone() as second:
        assert (first, second) == (True, False)
    with upkeep._alone() as later:
        assert later


def test_of_all_hosts_one_does_a_chore_in_its_time() -> None:
    done: list[int] = []
    assert [do_if_due("x", lambda: done.append(1), every=HOUR) for _ in range(3)] == [True, False, False]
    Chore.objects.update(due_at=Now())
    assert do_if_due("x", lambda: done.append(2), every=HOUR)
    assert done == [1, 2]
    Chore.objects.update(due_at=timezone.now() + 10 * HOUR)  # the clock was ten hours ahead when it was last done
    assert do_if_due("x", lambda: done.append(3), every=HOUR)


def test_hosts_that_look_in_the_same_moment_do_a_chore_once() -> None:
    done: list[int] = []
    _all_at_once([lambda: do_if_due("x", lambda: done.append(1), every=HOUR)] * 6)
    assert done == [1]


def test_maintenance_on_two_hosts_at_once_does_no_harm(expired: Media, upload_clip: Callable[..., Media]) -> None:
    """As when one is so slow that its turn is over, and the next begins."""
    stays = upload_clip(name="stays.mp4")
    chores = (cleaning.end_what_expired, cleaning.collect_garbage, retention.prune, cleaning.finish_uploads)
    _all_at_once([chore for chore in chores for _ in range(2)])
    expired.refresh_from_db()
    assert expired.deleted_at
    assert not storage().exists(expired.storage_key)
    assert storage().exists(stays.storage_key)
    assert not list(violations())


def _all_at_once(things: Sequence[Callable[[], object]]) -> None:
    """Each on a thread and a connection of its own; raises what any of them raised."""
    together = threading.Barrier(len(things))

    def do(thing: Callable[[], object]) -> None:
        together.wait(10)
        try:
            thing()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(things)) as pool:
        list(pool.map(do, things))


def test_a_chore_that_breaks_off_says_why_and_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cleaning, "collect_garbage", full)
    upkeep.upkeep()
    assert "No space" in Chore.objects.get(name="garbage").problem
    assert Chore.objects.get(name="retention").done_at


def test_a_dispatcher_whose_connection_breaks_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [InterfaceError("connection already closed"), OperationalError("server closed"), ValueError("a fault")]
    stopping = threading.Event()

    def dispatch(_: Dispatcher) -> int:
        if faults:
            raise faults.pop()
        stopping.set()
        return 0

    monkeypatch.setattr("media_jobs.events.dispatcher.LOOK_SECONDS", 0.01)
    monkeypatch.setattr(Dispatcher, "dispatch", dispatch)
    thread = threading.Thread(target=Dispatcher().run, args=(stopping,), daemon=True)
    thread.start()
    thread.join(5)
    assert stopping.is_set()
