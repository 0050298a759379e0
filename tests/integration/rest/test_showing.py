"""How a picture is framed and played, through every door that offers it: form and REST, plan, child, bytes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.models import AnimatedImage, Media
from tests.integration.rest.conftest import Api
from tests.integration.rest.unusual import UNUSUAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

PICTURE = {"format": "webp", "fps": 5, "width": 160, "height": 160}
FRAMED = ("crop", "anchor", "fit", "background", "trim_borders")
PLAYED = ("loop", "slack", "crossfade", "loop_count", "speed", "reverse")
SHOWN = {name: UNUSUAL[name] for name in (*FRAMED, *PLAYED)}


def test_what_a_template_says_is_what_the_file_and_its_recipe_have(
    as_operator: Api,
    client: Client,
    operator: User,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    media = upload_clip()
    run_jobs()
    template = as_operator.post("templates", {**PICTURE, **SHOWN})
    assert {name: template[name] for name in SHOWN} == SHOWN
    definition = template["definition"]
    steps: list[dict[str, Any]] = [
        {"definition": definition, "end": 1},
        {"definition": definition, "end": 1, "picture": {"loop": "bounce", "crossfade": 0, "speed": 1}},
    ]
    task = as_operator.post(f"media/{media.file_id}/process", {"steps": steps})
    run_jobs()
    faded, bounced = AnimatedImage.objects.filter(job__task__task_id=task["task_id"]).order_by("job__position")
    assert (faded.width, faded.height) == (160, 160)
    assert faded.duration == pytest.approx((faded.end - faded.start) / 0.5 - 0.2)
    assert {name: faded.recipe["spec"][name] for name in SHOWN} == SHOWN
    assert (bounced.duration, bounced.recipe["spec"]["loop"]) == (1.6, "bounce")
    seam = as_operator.get(f"outputs/{faded.pk}")["seam"]
    assert seam == faded.seam
    assert 0 <= seam["after"] < seam["before"]
    assert as_operator.get(f"outputs/{bounced.pk}")["seam"] is None
    client.force_login(operator)
    page = client.get(reverse("console:media-detail", args=[media.file_id]), follow=True).content.decode()
    assert f"{100 * seam['before']:.1f} % → {100 * seam['after']:.1f} %" in page
    assert as_operator.post("estimates", {"file_id": media.file_id, **steps[0]}, status=200)["bytes"] == faded.size


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("crop", "16x9"),
        ("anchor", "middle"),
        ("fit", "fill"),
        ("background", "red"),
        ("loop", "round"),
        ("trim_borders", "some"),
        ("slack", 3),
        ("crossfade", 2),
        ("loop_count", 101),
        ("speed", 5),
        ("reverse", "often"),
    ],
)
def test_nonsense_about_showing_names_its_field(as_operator: Api, field: str, value: object) -> None:
    answer = as_operator("POST", "templates", {**PICTURE, field: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_change_that_does_not_go_with_the_rest_names_its_field(as_operator: Api) -> None:
    definition = as_operator.post("templates", {**PICTURE, "crossfade": 0.5})["definition"]
    answer = as_operator("PATCH", f"templates/{definition}", {"loop": "bounce"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["crossfade"])
    assert as_operator.get(f"templates/{definition}")["loop"] == "cut"


def test_the_form_writes_what_rest_shows(
    as_operator: Api, client: Client, operator: User, application: Application
) -> None:
    client.force_login(operator)
    typed = {"name": "Shown", **PICTURE, **SHOWN, "quality": 75, "reverse": "on", "trim_borders": "on"}
    client.post(reverse("console:template-create"), typed)
    definition = application.templates.get().definition
    shown = as_operator.get(f"templates/{definition}")
    assert {name: shown[name] for name in SHOWN} == SHOWN
    page = client.get(reverse("console:template", args=[definition])).content.decode()
    assert all(words in page for words in ("Without bars", "Crop 2:1", "On #ffffff"))
    assert all(words in page for words in ("Crossfade 0.2 s", "Speed 0.5", "Backwards", "3 times"))
