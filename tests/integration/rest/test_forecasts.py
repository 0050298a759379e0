"""What a batch's dry run tells holds where it is run: on these slots, of these media, with what is there already."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.batches import walk
from media_jobs.batches.pace import Pace
from media_jobs.jobs.outlook import outlook
from media_jobs.models import AnimatedImage, Job, Media, ProcedureTask, Worker
from media_jobs.uploads import services as uploads
from templates_app.models import AnimatedImageTemplate
from tests.integration.rest.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

BUSY, PLAIN = 3, 5


@pytest.fixture
def steps(gif_template: AnimatedImageTemplate) -> list[dict[str, Any]]:
    return [{"definition": gif_template.definition, "start": 0, "end": 2}]


def _film(target: Path, *, noise: float) -> Path:
    """Two seconds of a grey picture with so much noise."""
    chance = np.random.default_rng(7)
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(20):
            picture = np.clip(128 + chance.normal(0, noise, (96, 160, 3)), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


@pytest.fixture
def mixed(application: Application, tmp_path: Path, run_jobs: Callable[[], int]) -> list[Media]:
    """First some that take many bytes, then more that take few."""
    found = []
    for number in range(BUSY + PLAIN):
        film = _film(tmp_path / f"{number}.mp4", noise=40 if number < BUSY else 0)
        wanted = uploads.Wanted(name=film.name, length=film.stat().st_size, procedure="")
        begun = uploads.begin(application=application, wanted=wanted, door="test")
        with film.open("rb") as source:
            uploads.append(upload_id=begun.id, offset=0, source=source)
        found.append(uploads.commit(upload_id=begun.id))
    run_jobs()
    return found


def test_what_was_uploaded_first_does_not_stand_for_all(
    as_operator: Api, mixed: list[Media], steps: list[dict[str, Any]], run_jobs: Callable[[], int]
) -> None:
    """It was three times too large: two of the first were estimated."""
    asked = {"filter": {}, "steps": steps}
    told = as_operator.post("batches", {**asked, "dry_run": True}, status=200)
    as_operator.post("batches", asked)
    run_jobs()
    sizes = AnimatedImage.objects.values_list("size", flat=True)
    assert len(sizes) == BUSY + PLAIN and max(sizes) > 5 * min(sizes)
    assert told["measured"] == 0
    assert told["bytes"] == pytest.approx(sum(sizes), rel=0.5)


def test_slots_for_transfers_make_no_picture_sooner(
    as_operator: Api, uploaded: Media, steps: list[dict[str, Any]], run_jobs: Callable[[], int]
) -> None:
    """With the four slots of a usual instance's other worker, a batch took three times as long as was told."""
    Worker.objects.create(name="a", slots=2, queues="pictures,analyses,maintenance")
    Worker.objects.create(name="b", slots=4, queues="transfers,deliveries")
    run_jobs()
    asked = {"filter": {}, "steps": steps}
    told = as_operator.post("batches", {**asked, "dry_run": True}, status=200)
    assert (told["slots"], told["elapsed"]) == (2, Pace.of(slots=2, running=0).elapsed(told["seconds"], pictures=1))
    as_operator.post("batches", asked)
    run_jobs()
    as_operator.post("batches", {**asked, "again": True, "steps": steps * 4})
    task = uploaded.tasks.latest("pk")
    before = outlook(task).seconds
    assert before
    Worker.objects.filter(name="b").delete()
    assert outlook(task).seconds == before


def test_what_is_taken_over_takes_no_time(
    as_operator: Api, uploaded: Media, steps: list[dict[str, Any]], run_jobs: Callable[[], int]
) -> None:
    """A batch with `again` over what was there was to take as long as the first time."""
    run_jobs()
    asked = {"filter": {}, "steps": steps, "again": True}
    as_operator.post("batches", asked)
    run_jobs()
    told = as_operator.post("batches", {**asked, "dry_run": True}, status=200)
    size = AnimatedImage.objects.get().size
    assert (told["pictures"], told["bytes"], told["seconds"]) == (1, size, 0.0)
    other = as_operator.post("batches", {**asked, "dry_run": True, "picture": {"quality": 30}}, status=200)
    assert other["seconds"] > 0


@pytest.mark.parametrize(("every", "times"), [(10, 1.35), (5, 1.075)])
def test_pictures_that_were_made_one_at_a_time_tell_less_than_many_at_once_take(
    as_operator: Api,
    mixed: list[Media],
    steps: list[dict[str, Any]],
    run_jobs: Callable[[], int],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    every: int,
    times: float,
) -> None:
    """All seconds were believed to be the same, whether a picture had the machine to itself or half of it."""
    settings.ZOETROPE_REUSE_PICTURES = False
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    Worker.objects.create(name="a", slots=2, queues="pictures,analyses,maintenance")
    asked = {"filter": {}, "steps": steps}
    as_operator.post("batches", asked)
    run_jobs()
    jobs = Job.objects.filter(kind=Job.Kind.ANIMATE)
    for number, job in enumerate(jobs):
        began = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=every * number)
        jobs.filter(pk=job.pk).update(began_at=began, finished_at=began + timedelta(seconds=10))
    told = as_operator.post("batches", {**asked, "again": True, "dry_run": True}, status=200)
    assert told["pictures"] == len(mixed)
    assert told["seconds"] == pytest.approx(10 * len(mixed) * times, rel=0.05)


def test_a_picture_that_shows_little_new_takes_no_longer_in_a_batch_than_it_took(
    as_operator: Api, mixed: list[Media], steps: list[dict[str, Any]], run_jobs: Callable[[], int], settings: Any
) -> None:
    """Seconds and bytes were those of its few pictures, times all that there would be if each were new."""
    settings.ZOETROPE_REUSE_PICTURES = False
    asked = {"filter": {}, "steps": steps}
    as_operator.post("batches", asked)
    run_jobs()
    told = as_operator.post("batches", {**asked, "again": True, "dry_run": True}, status=200)
    images = AnimatedImage.objects.all()
    assert min(image.frames for image in images) == 1
    assert told["bytes"] == pytest.approx(sum(image.size for image in images), rel=0.01)


def test_a_batch_has_ended_with_its_last_picture_and_not_when_that_was_seen(
    as_operator: Api, uploaded: Media, steps: list[dict[str, Any]], run_jobs: Callable[[], int]
) -> None:
    """It was up to five seconds later."""
    run_jobs()
    batch = as_operator.post("batches", {"filter": {}, "steps": steps})["id"]
    run_jobs()
    last = datetime(2026, 1, 1, tzinfo=UTC)
    ProcedureTask.objects.update(finished_at=last)
    walk.go_on()
    shown = as_operator.get(f"batches/{batch}")
    assert (shown["state"], datetime.fromisoformat(shown["finished_at"])) == ("finished", last)


def test_a_batch_under_way_tells_how_long_it_still_takes(
    as_operator: Api,
    client: Client,
    operator: User,
    mixed: list[Media],
    steps: list[dict[str, Any]],
    run_jobs: Callable[[], int],
) -> None:
    client.force_login(operator)
    batch = as_operator.post("batches", {"filter": {}, "steps": steps})["id"]
    assert as_operator.get(f"batches/{batch}")["seconds_left"] is None
    run_jobs()
    tasks = list(ProcedureTask.objects.order_by("pk"))
    for number, task in enumerate(tasks[:-2]):
        ended = task.created_at + timedelta(seconds=30 + 600 * number)
        ProcedureTask.objects.filter(pk=task.pk).update(finished_at=ended)
    ProcedureTask.objects.filter(pk__in=[task.pk for task in tasks[-2:]]).update(status="WAITING", finished_at=None)
    walk.go_on()
    shown = as_operator.get(f"batches/{batch}")
    since = 600 * (len(tasks) - 3) + 30
    assert shown["seconds_left"] == pytest.approx(since + 2 * 600, abs=60)
    assert "Ends in about" in client.get(reverse("console:batch", args=[batch])).content.decode()
    said = io.StringIO()
    call_command("batch", "show", batch, stdout=said)
    assert " s are left." in said.getvalue()
    ProcedureTask.objects.update(status="FINISH", finished_at=shown["created_at"])
    walk.go_on()
    assert as_operator.get(f"batches/{batch}")["seconds_left"] is None
