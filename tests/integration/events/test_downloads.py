"""The fetching half of a worker: slots that fill and empty, sources that hang, and the end of the worker."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from applications.models import Application
from media_jobs import resolving
from media_jobs.maintenance import worker
from media_jobs.models import Media, PullTask
from media_jobs.pulls import download
from media_jobs.pulls.services import pull_upload
from media_jobs.pulls.shares import Shares
from media_jobs.uploads.services import Wanted
from tests import receivers
from tests.receivers import Receiver, answer, receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(clip: Path) -> Iterator[Receiver]:
    with receiver(answer(200, body=clip.read_bytes())) as listening:
        yield listening


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Two slots of a worker, which have a permit whenever they are free."""
    for seconds in ("IDLE", "OPENING"):
        monkeypatch.setattr(download, seconds, 1.0)
    stopping = threading.Event()
    monkeypatch.setattr(worker, "stopping", stopping)
    slots = [threading.Thread(target=_take_permits, args=(stopping,)) for _ in range(2)]
    for slot in slots:
        slot.start()
    yield stopping
    stopping.set()
    for slot in slots:
        slot.join()


def _take_permits(stopping: threading.Event) -> None:
    while not stopping.wait(0.05):
        worker.take_transfer(permit_id="")
    connection.close()


def until(holds: object, *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(application: Application, source: Receiver) -> PullTask:
    return pull_upload(application=application, url=f"{source.url}.mp4", wanted=Wanted(name=""))


def test_more_pulls_than_slots_are_all_fetched(
    application: Application, source: Receiver, fetching: threading.Event
) -> None:
    for _ in range(5):
        ask(application, source)
    until(lambda: Media.objects.count() == 5)
    until(lambda: PullTask.objects.filter(status="FINISH", err_code=0).count() == 5)


def test_sources_that_hang_give_their_slots_back(
    application: Application, other_application: Application, source: Receiver, fetching: threading.Event
) -> None:
    with receiver(receivers.hang) as hanging:
        stuck = [ask(other_application, hanging) for _ in range(2)]
        until(lambda: len(hanging.messages) == 2)
        ask(application, source)
        until(lambda: Media.objects.count() == 1)
        until(lambda: PullTask.objects.filter(pk__in=[pull.pk for pull in stuck], status="WAITING").count() == 2)
        assert set(PullTask.objects.filter(status="WAITING").values_list("message", flat=True)) == {
            "No complete answer in time."
        }


def test_a_source_that_drips_its_head_gives_its_slot_back(application: Application, fetching: threading.Event) -> None:
    with receiver(receivers.drip) as dripping:
        stuck = ask(application, dripping)
        until(lambda: PullTask.objects.get(pk=stuck.pk).message == "No complete answer in time.")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is this machine's."""
    monkeypatch.setattr(resolving, "resolve", lambda host, port: ["127.0.0.1"])


def two_slots() -> Shares:
    shares = Shares()
    shares.share(slots=2)
    return shares


def test_an_application_leaves_a_slot_for_others(
    application: Application, other_application: Application, names: None
) -> None:
    for host in ("one", "two"):
        pull_upload(application=application, url=f"http://{host}.example/a.mp4", wanted=Wanted(name=""))
    shares = two_slots()
    with shares.claim() as first:
        assert first
        with shares.claim() as second:
            assert second is None
        assert shares.passed_over
        pull_upload(application=other_application, url="http://three.example/a.mp4", wanted=Wanted(name=""))
        with shares.claim() as other:
            assert other and other.pull.application == other_application
    with shares.claim() as second:
        assert second and second.pull.url == "http://two.example/a.mp4"


@pytest.mark.parametrize("same", ["http://slow.example/b.mp4", "https://SLOW.example:443/b.mp4"])
def test_a_host_leaves_a_slot_for_others(
    application: Application, other_application: Application, names: None, same: str
) -> None:
    pull_upload(application=application, url="http://slow.example/a.mp4", wanted=Wanted(name=""))
    shares = two_slots()
    with shares.claim() as first:
        assert first
        pull_upload(application=other_application, url=same, wanted=Wanted(name=""))
        with shares.claim() as second:
            assert second is None
        pull_upload(application=other_application, url="http://slow.example.org/a.mp4", wanted=Wanted(name=""))
        with shares.claim() as other:
            assert other and other.pull.url == "http://slow.example.org/a.mp4"


def test_what_was_passed_over_is_fetched_though_its_permit_is_spent(
    application: Application, source: Receiver, monkeypatch: pytest.MonkeyPatch, loopback_allowed: None
) -> None:
    shares = two_slots()
    monkeypatch.setattr(worker, "shares", shares)
    first, *_ = [ask(application, source) for _ in range(3)]
    fetched = worker.fetch

    def spend_permits(*args: Any, **options: Any) -> None:
        if args[0].pull.pk == first.pk:
            assert [worker.take_transfer(permit_id="") for _ in range(2)] == ["", ""]
        fetched(*args, **options)

    monkeypatch.setattr(worker, "fetch", spend_permits)
    worker.take_transfer(permit_id="")
    assert PullTask.objects.filter(status="FINISH").count() == 3
