"""A largest size and an estimate through every door that offers them: form and REST, plan, child, bytes, record."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from applications.models import Application, AuditEntry, User
from media_jobs.jobs import answers
from media_jobs.models import AnimatedImage, Job, Media
from media_jobs.store.storage import storage
from templates_app.presets import BY_PURPOSE
from tests.integration.rest.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

PICTURE = {"format": "webp", "fps": 5, "width": 160, "quality": 80}
SEGMENT = {"start": 0.5, "end": 2}


@pytest.fixture
def plain(clip: Path, tmp_path: Path) -> int:
    """Bytes of the picture that nobody limits."""
    return animate(clip, tmp_path / "out.webp", Order(spec=AnimationSpec(**PICTURE), **SEGMENT)).size  # type: ignore[arg-type]


@pytest.fixture
def media(upload_clip: Callable[..., Media], run_jobs: Callable[[], int]) -> Media:
    uploaded = upload_clip()
    run_jobs()
    return uploaded


def _processed(api: Api, media: Media, run_jobs: Callable[[], int], **step: Any) -> AnimatedImage:
    task = api.post(f"media/{media.file_id}/process", {"steps": [{**SEGMENT, **step}]})
    run_jobs()
    return AnimatedImage.objects.get(job__task__task_id=task["task_id"])


def test_a_templates_largest_size_is_kept_and_what_gave_way_is_told(
    as_operator: Api, client: Client, operator: User, media: Media, run_jobs: Callable[[], int], plain: int
) -> None:
    most = max(1000, plain // 2)
    template = as_operator.post("templates", {**PICTURE, "max_bytes": most, "least_quality": 5, "least_fps": 2})
    assert (template["max_bytes"], template["least_fps"], template["give_way"]) == (most, 2, "")
    image = _processed(as_operator, media, run_jobs, definition=template["definition"])
    told = as_operator.get(f"outputs/{image.pk}")
    assert told["size"] == image.size <= most
    assert told["fitted"]["max_bytes"] == most
    assert told["fitted"]["moved"][0]["knob"] == "quality"
    client.force_login(operator)
    page = client.get(reverse("console:media-detail", args=[media.file_id]), follow=True).content.decode()
    assert f"To stay within {most:,} bytes" in page


def test_one_run_may_have_its_own_largest_size(
    as_operator: Api, media: Media, run_jobs: Callable[[], int], plain: int
) -> None:
    definition = as_operator.post("templates", PICTURE)["definition"]
    assert _processed(as_operator, media, run_jobs, definition=definition).fitted is None
    image = _processed(as_operator, media, run_jobs, definition=definition, picture={"max_bytes": 2 * plain})
    assert image.fitted == {"max_bytes": 2 * plain, "moved": [], "tries": 1}
    assert image.size == plain


def test_a_size_that_can_not_be_reached_is_a_failure_by_its_name(
    as_operator: Api, media: Media, run_jobs: Callable[[], int]
) -> None:
    definition = as_operator.post("templates", {**PICTURE, "least_quality": 80, "give_way": "quality"})["definition"]
    step = {**SEGMENT, "definition": definition, "picture": {"max_bytes": 1000}}
    task = as_operator.post(f"media/{media.file_id}/process", {"steps": [step]})
    run_jobs()
    job = Job.objects.get(task__task_id=task["task_id"])
    assert job.err_code == "InvalidInput.ResultFileSizeTooLarge"
    assert "can't be made within 1,000 bytes" in job.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_bytes", 999),
        ("max_bytes", -1),
        ("max_bytes", 2**40),
        ("least_quality", 0.5),
        ("least_fps", 61),
        ("least_edge", 15),
        ("give_way", "colour"),
        ("give_way", "fps,fps"),
    ],
)
def test_nonsense_about_sizes_names_its_field(as_operator: Api, field: str, value: object) -> None:
    answer = as_operator("POST", "templates", {**PICTURE, field: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_the_form_writes_what_rest_shows_and_a_clone_keeps_it(
    as_operator: Api, client: Client, operator: User, application: Application
) -> None:
    client.force_login(operator)
    typed = {
        "name": "Small",
        "format": "gif",
        "fps": "12",
        "quality": "80",
        "max_bytes": "90000",
        "least_fps": "6",
        "give_way": "fps, quality",
    }
    client.post(reverse("console:template-create"), typed)
    template = application.templates.get()
    copy = as_operator.post(f"templates/{template.definition}/clone")
    for shown in (as_operator.get(f"templates/{template.definition}"), copy):
        assert (shown["max_bytes"], shown["least_fps"], shown["give_way"]) == (90000, 6, "fps,quality")
    assert b"90,000 bytes" in client.get(reverse("console:template", args=[template.definition])).content


def test_an_estimate_is_of_the_very_picture_and_leaves_nothing_behind(
    as_operator: Api, media: Media, plain: int
) -> None:
    definition = as_operator.post("templates", {**PICTURE, "quality": 10})["definition"]
    jobs, told = Job.objects.count(), AuditEntry.objects.count()
    asked = {"file_id": media.file_id, "definition": definition, "picture": {"quality": 80}, **SEGMENT}
    found = as_operator.post("estimates", asked, status=200)
    assert (found["bytes"], found["low"], found["high"], found["width"], found["share"]) == (
        plain,
        plain,
        plain,
        160,
        1,
    )
    assert (
        as_operator.post("estimates", {"file_id": media.file_id, "picture": PICTURE, **SEGMENT}, status=200)["bytes"]
        == plain
    )
    assert (Job.objects.count(), AuditEntry.objects.count()) == (jobs, told)
    assert as_operator.get(f"templates/{definition}")["quality"] == 10


def test_an_estimate_of_what_can_not_be_made_says_why(as_operator: Api, media: Media) -> None:
    asked: dict[str, Any] = {"file_id": media.file_id, "picture": PICTURE}
    past = as_operator.post("estimates", {**asked, "start": 5000}, status=400)
    assert past["type"] == "urn:zoetrope:NotMakeable"
    assert "past the end of the video" in past["detail"]
    assert as_operator.post("estimates", {**asked, "picture": {"format": "gif"}}, status=400)["errors"]["fps"]
    assert as_operator.post("estimates", {**asked, "file_id": "1"}, status=404)
    assert as_operator.post("estimates", {**asked, "definition": 1}, status=404)


def test_estimates_that_would_queue_up_are_told_to_come_again(
    as_operator: Api, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "TURN", 0.05)
    with answers._turn:
        busy = as_operator("POST", "estimates", {"file_id": media.file_id, "picture": PICTURE})
    assert (busy.status_code, busy["Retry-After"]) == (503, "2")
    monkeypatch.setattr(answers, "ESTIMATE", 0.0)
    monkeypatch.setattr(answers, "TICK", 0.001)  # looks at the clock before the quickest child is done
    late = as_operator("POST", "estimates", {"file_id": media.file_id, "picture": PICTURE})
    assert (late.status_code, late.json()["type"]) == (503, "urn:zoetrope:EngineBusy")
    monkeypatch.undo()
    assert as_operator.post("estimates", {"file_id": media.file_id, "picture": PICTURE}, status=200)["bytes"] > 0


def test_an_estimate_of_what_is_on_its_way_to_the_store_is_told_to_come_again(as_operator: Api, media: Media) -> None:
    """It said: gone, upload it again."""
    storage().delete(media.storage_key)
    asked = {"file_id": media.file_id, "picture": PICTURE}
    assert as_operator("POST", "estimates", asked).json()["type"] == "urn:zoetrope:NotMakeable"
    Media.objects.update(waits_on="another host")
    waits = as_operator("POST", "estimates", asked)
    assert (waits.status_code, waits.json()["type"]) == (503, "urn:zoetrope:EngineBusy")


def test_presets_by_purpose_are_there_for_rest_alone(as_operator: Api) -> None:
    presets = as_operator.get("templates?preset=true&limit=100")["results"]
    purposes = {one["name"]: one["max_bytes"] for one in presets if one["definition"] >= BY_PURPOSE}
    assert purposes["Emoji 128 px, 64 KB"] == 64_000
    assert len(purposes) == 7
    assert all(one["max_bytes"] == 0 for one in presets if one["definition"] < BY_PURPOSE)
