"""Every field of a template through every door that offers it: form, REST, one run, command; plan, child, bytes."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from applications.models import Application, User
from media_jobs.models import AnimatedImage, Media
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import FIELDS
from tests.integration.rest.conftest import Api
from tests.integration.rest.unusual import UNUSUAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

PICTURE = {name: value for name, value in UNUSUAL.items() if name not in ("name", "comment")}
SPEC = {name: value for name, value in PICTURE.items() if name not in ("score", "resolution_adaptive")}
ORDER = Order(spec=AnimationSpec(**SPEC, adaptive=False), start=0.0, end=1.0, scored=True)


def test_each_field_has_a_value_here_that_is_not_the_usual_one() -> None:
    assert tuple(UNUSUAL) == FIELDS
    usual = AnimatedImageTemplate(fps=10)
    assert [name for name, value in UNUSUAL.items() if getattr(usual, name) == value] == []


def test_every_field_comes_through_every_door_to_the_same_bytes(
    as_operator: Api,
    client: Client,
    operator: User,
    application: Application,
    clip: Path,
    tmp_path: Path,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    media = upload_clip()
    run_jobs()
    client.force_login(operator)
    client.post(reverse("console:template-create"), _typed())
    by_form = as_operator.get(f"templates/{application.templates.get().definition}")
    by_rest = as_operator.post("templates", UNUSUAL)
    plain = as_operator.post("templates", {"fps": 10})
    changed = as_operator.post("templates", {"fps": 10})["definition"]
    by_change = as_operator("PATCH", f"templates/{changed}", UNUSUAL).json()
    for shown in (by_form, by_rest, by_change):
        assert {name: shown[name] for name in FIELDS} == UNUSUAL
    steps: list[dict[str, Any]] = [{"definition": one["definition"]} for one in (by_form, by_rest, by_change)]
    steps.append({"definition": plain["definition"], "picture": PICTURE})
    task = as_operator.post(f"media/{media.file_id}/process", {"steps": [{**one, "end": 1} for one in steps]})
    said = [f"--set={name}={_word(value)}" for name, value in PICTURE.items()]
    call_command("process", media.file_id, f"--template={plain['definition']}", "--end=1", *said)
    run_jobs()
    made = animate(clip, tmp_path / "out.webp", ORDER)
    images = list(AnimatedImage.objects.order_by("pk"))
    assert len(images) == 5
    assert images[0].job.task
    assert task["task_id"] == images[0].job.task.task_id
    for image in images:
        assert Order.from_dict({name: image.recipe[name] for name in ORDER.as_dict()}) == ORDER
        assert image.md5 == made.md5
        assert [(one.kind, one.md5) for one in image.siblings.all()] == [(one.kind, one.md5) for one in made.siblings]
        assert image.score == pytest.approx(made.score)
    assert shlex.split(made.recipe["command"])[5:] == shlex.split(images[0].recipe["command"])[5:]


def _typed() -> dict[str, Any]:
    """As a browser sends a form: a box that isn't ticked isn't sent."""
    return {name: "on" if value is True else value for name, value in UNUSUAL.items() if value is not False}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
