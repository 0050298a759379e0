"""/api/v1/procedures."""

from typing import Any
from urllib.parse import quote

import pytest

from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db
ALL = {"auto": 0.0, "pieces": 0, "piece": 0.0, "skip_first": 0.0, "skip_last": 0.0}


def test_a_task_flow_is_created_shown_replaced_and_deleted(
    as_operator: Api, gif_template: AnimatedImageTemplate
) -> None:
    steps = [{"definition": gif_template.definition, "start": 1, "end": -2.5}, {"definition": 20001}]
    made = as_operator.post("procedures", {"name": "teaser", "comment": "for the shop", "steps": steps})
    assert made["steps"] == [
        {"definition": gif_template.definition, "start": 1.0, "end": -2.5, **ALL},
        {"definition": 20001, "start": 0.0, "end": 0.0, **ALL},
    ]
    assert as_operator.get("procedures/teaser") == made
    replaced = as_operator("PUT", "procedures/teaser", {"name": "trailer", "steps": [{"definition": 20000}]})
    assert replaced.status_code == 200
    assert replaced.json()["comment"] == ""
    assert replaced.json()["steps"] == [{"definition": 20000, "start": 0.0, "end": 0.0, **ALL}]
    assert as_operator("GET", "procedures/teaser").status_code == 404
    assert as_operator("DELETE", "procedures/trailer").status_code == 204


def test_a_clone_has_the_same_steps_under_another_name(as_operator: Api, procedure: Procedure) -> None:
    clone = as_operator.post("procedures/loops/clone")
    assert clone["name"] == "loops-2"
    assert clone["steps"] == as_operator.get("procedures/loops")["steps"]


@pytest.mark.parametrize("name", ["a/b", "a b", "100 %", "?#", "ünïcode", "片头", ".."])
def test_a_name_with_odd_characters_is_still_an_address(as_operator: Api, name: str) -> None:
    as_operator.post("procedures", {"name": name, "steps": [{"definition": 20000}]})
    assert as_operator.get(f"procedures/{quote(name, safe='')}")["name"] == name


def test_a_name_is_used_once(as_operator: Api, procedure: Procedure) -> None:
    body = {"name": "loops", "steps": [{"definition": 20000}]}
    assert as_operator("POST", "procedures", body).status_code == 409
    as_operator.post("procedures", {**body, "name": "other"})
    assert as_operator("PUT", "procedures/other", body).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ("loops", 400),
        ({"name": "x", "steps": []}, 400),
        ({"name": "", "steps": [{"definition": 20000}]}, 400),
        ({"name": "x" * 21, "steps": [{"definition": 20000}]}, 400),
        ({"name": "x", "steps": {"definition": 20000}}, 400),
        ({"name": "x", "steps": [20000]}, 400),
        ({"name": "x", "steps": [{"definition": "20000"}]}, 400),
        ({"name": "x", "steps": [{"definition": True}]}, 400),
        ({"name": "x", "steps": [{"definition": 10**30}]}, 400),
        ({"name": "x", "steps": [{"definition": -1}]}, 404),
        ({"name": "x", "steps": [{"definition": 99999}]}, 404),
        ({"name": "x", "steps": [{"definition": 20000, "start": 3, "end": 2}]}, 400),
        ({"name": "x", "steps": [{"definition": 20000, "start": -2, "end": -3}]}, 400),
        ({"name": "x", "steps": [{"definition": 20000, "start": True}]}, 400),
        ({"name": "x", "steps": [{"definition": 20000, "start": 1e300}]}, 400),
        ({"name": "x", "steps": [{"definition": 20000}] * 101}, 400),
    ],
)
def test_a_wrong_task_flow_is_refused(as_operator: Api, body: Any, status: int) -> None:
    answer = as_operator("POST", "procedures", body)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert as_operator.get("procedures")["count"] == 0


def test_the_list_is_found_by_part_of_the_name(as_viewer: Api, procedure: Procedure) -> None:
    assert [item["name"] for item in as_viewer.get("procedures?name=OOP")["results"]] == ["loops"]
    assert as_viewer.get("procedures?name=nothing")["results"] == []
