"""How close a picture is to its source: measured where the template asks for it, stored, and shown at every door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from applications.models import User
from console.words.offsets import clock
from media_jobs.jobs.services import cancel_task, retry_task
from media_jobs.models import AnimatedImage, Job, Media
from templates_app.models import AnimatedImageTemplate
from templates_app.services import modify_template
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db

PICTURE = {"format": "webp", "fps": 5, "width": 160, "quality": 20}
SEGMENT = {"start": 0.5, "end": 2}


@pytest.fixture
def judged(as_operator: Api) -> AnimatedImageTemplate:
    """A template that asks for the score, in the task flow "judged" together with a preset, which doesn't."""
    definition = as_operator.post("templates", {**PICTURE, "score": True})["definition"]
    steps = [{"definition": definition, **SEGMENT}, {"definition": 20001, **SEGMENT}]
    as_operator.post("procedures", {"name": "judged", "steps": steps})
    return AnimatedImageTemplate.objects.get(definition=definition)


@pytest.fixture
def wanted(clip: Path, tmp_path: Path) -> dict[str, Any]:
    """What the engine says of the same picture."""
    score = animate(clip, tmp_path / "out.webp", Order(spec=AnimationSpec(**PICTURE), **SEGMENT, scored=True)).score  # type: ignore[arg-type]
    assert score is not None
    return score


def test_rest_tells_the_score_of_the_picture_that_was_to_be_judged(
    as_operator: Api,
    judged: AnimatedImageTemplate,
    wanted: dict[str, Any],
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    task = upload_clip(procedure="judged").tasks.get()
    run_jobs()
    scores = {output["definition"]: output["score"] for output in as_operator.get("outputs")["results"]}
    assert scores == {judged.definition: wanted, 20001: None}
    jobs = as_operator.get(f"tasks/{task.task_id}")["jobs"]
    assert [job["output"]["score"] for job in jobs] == [wanted, None]


@pytest.mark.usefixtures("in_application")
def test_the_console_shows_it_beside_that_picture_alone(
    client: Client,
    operator: User,
    judged: AnimatedImageTemplate,
    wanted: dict[str, Any],
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    media = upload_clip(procedure="judged")
    run_jobs()
    client.force_login(operator)
    words = "SSIM {mean:.4f} (worst {worst:.4f} at {at})".format(**wanted, at=clock(wanted["worst_at"]))
    task_page = reverse("console:task", args=[media.tasks.get().task_id])
    for page in (reverse("console:media-detail", args=[media.file_id]), task_page):
        html = client.get(page).content.decode()
        assert (strip_tags(html).count(words), html.count("SSIM")) == (1, 1)
        assert "How close the image is to the video" in html
    overview = client.get(reverse("console:overview")).content.decode()
    assert (strip_tags(overview).count(f"SSIM {wanted['mean']:.4f}"), overview.count("SSIM")) == (1, 1)


def test_what_is_tried_again_is_judged_as_it_was_asked_for_at_first(
    judged: AnimatedImageTemplate,
    wanted: dict[str, Any],
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    task = upload_clip(procedure="judged").tasks.get()
    cancel_task(task=task)
    modify_template(template=judged, fields={"score": False})
    again = retry_task(task=task)
    run_jobs()
    images = AnimatedImage.objects.filter(job__task=again).order_by("-definition")
    assert [image.score for image in images] == [wanted, None]


def test_a_job_from_before_there_were_scores_is_still_made(
    judged: AnimatedImageTemplate, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure="judged")
    for job in Job.objects.filter(kind=Job.Kind.ANIMATE):
        del job.plan["scored"]
        job.save()
    run_jobs()
    assert [image.score for image in media.animated_images.all()] == [None, None]
