"""/api/v1/templates."""

from typing import Any

import pytest

from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from templates_app.presets import PRESETS
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db


def test_a_template_is_created_shown_changed_and_deleted(as_operator: Api) -> None:
    fields = {"name": "Loop", "format": "webp", "width": 640, "fps": 15, "quality": 80, "effort": 3, "score": True}
    made = as_operator.post("templates", fields)
    address = f"templates/{made['definition']}"
    assert made["definition"] >= 30001
    assert as_operator.get(address) == made
    assert made["effort"] == as_operator.post(f"{address}/clone")["effort"] == 3
    changed = as_operator("PATCH", address, {"fps": 60})
    assert changed.status_code == 200
    assert (changed.json()["fps"], changed.json()["width"], changed.json()["score"]) == (60, 640, True)
    assert as_operator("DELETE", address).status_code == 204
    assert as_operator("GET", address).status_code == 404


def test_the_list_holds_presets_and_own_templates_and_can_be_filtered(
    as_viewer: Api, gif_template: AnimatedImageTemplate
) -> None:
    assert [item["definition"] for item in as_viewer.get("templates?preset=false")["results"]] == [
        gif_template.definition
    ]
    presets = as_viewer.get("templates?preset=true")["results"]
    assert [item["definition"] for item in presets] == [preset["definition"] for preset in PRESETS]
    assert as_viewer.get("templates?name=small")["count"] == 1
    assert as_viewer.get("templates?format=gif")["count"] == 1 + sum(preset["format"] == "gif" for preset in PRESETS)


def test_a_preset_can_be_cloned_but_not_changed(as_operator: Api) -> None:
    clone = as_operator.post("templates/20001/clone")
    assert (clone["format"], clone["fps"], clone["preset"]) == ("webp", 2, False)
    assert as_operator("PATCH", "templates/20001", {"fps": 3}).status_code == 403
    assert as_operator("DELETE", "templates/20001").status_code == 403


def test_a_template_in_use_is_kept_and_its_task_flows_are_named(
    as_operator: Api, procedure: Procedure, gif_template: AnimatedImageTemplate
) -> None:
    answer = as_operator("DELETE", f"templates/{gif_template.definition}")
    assert answer.status_code == 409
    assert "loops" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "fps"),
        ({"fps": 0}, "fps"),
        ({"fps": 61}, "fps"),
        ({"fps": True}, "fps"),
        ({"fps": "5"}, "fps"),
        ({"fps": 5.5}, "fps"),
        ({"fps": 10**400}, "fps"),
        ({"fps": 5, "width": 127}, "width"),
        ({"fps": 5, "height": 4097}, "height"),
        ({"fps": 5, "quality": 0}, "quality"),
        ({"fps": 5, "quality": True}, "quality"),
        ({"fps": 5, "quality": 10**400}, "quality"),
        ({"fps": 5, "format": "png"}, "format"),
        ({"fps": 5, "format": ["gif"]}, "format"),
        ({"fps": 5, "resolution_adaptive": "open"}, "resolution_adaptive"),
        ({"fps": 5, "effort": 0}, "effort"),
        ({"fps": 5, "effort": 4}, "effort"),
        ({"fps": 5, "effort": True}, "effort"),
        ({"fps": 5, "score": 1}, "score"),
        ({"fps": 5, "name": "x" * 65}, "name"),
        ({"fps": 5, "name": {"a": 1}}, "name"),
        ({"fps": 5, "comment": "x" * 257}, "comment"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    as_operator: Api, fields: dict[str, Any], wrong: str
) -> None:
    answer = as_operator("POST", "templates", fields)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [wrong]


def test_the_seventeenth_template_is_one_too_many(as_operator: Api) -> None:
    for _ in range(16):
        as_operator.post("templates", {"fps": 5})
    answer = as_operator("POST", "templates", {"fps": 5})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:zoetrope:TooManyTemplates")
