"""Covers in the task flow form: added, changed, removed, refused with the reason beside the row."""

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def _covers(flow: Procedure) -> list[tuple[str, float]]:
    return [(one.position_type, one.position_value) for one in flow.covers.all()]


def test_covers_of_a_flow_are_made_changed_and_removed_in_the_form(operators: Client, application: Application) -> None:
    create = reverse("console:flow-create")
    form = operators.get(create).context["form"]
    assert (form["kinds"].value(), len(form.cover_rows)) == (["animated"], 1)
    rows = {"name": "stills", "kinds": ["covers"], "cover_at": ["50%", "", "1:15", "3,5 s"]}
    operators.post(create, rows)
    flow = application.procedures.get(name="stills")
    assert _covers(flow) == [("Percent", 50), ("Time", 75), ("Time", 3.5)]
    assert not flow.steps.exists()
    edit = reverse("console:flow-edit", args=[flow.pk])
    shown = operators.get(edit).context["form"]
    assert shown["kinds"].value() == ["covers"]
    assert [row["cover_at"].value() for row in shown.cover_rows] == ["50%", "75s", "3.5s"]
    page = operators.get(reverse("console:flow", args=[flow.pk])).content.decode()
    assert "Cover" in page
    assert "50 %" in page
    operators.post(edit, rows | {"cover_at": ["10 %"]})
    assert _covers(flow) == [("Percent", 10)]
    operators.post(edit, rows | {"kinds": "animated", "definition": "20000", "start": "", "end": ""})
    assert (_covers(flow), flow.steps.count()) == ([], 1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("101%", "lies within the video"),
        ("-3", "lies within the video"),
        ("middle", "or a share such as 50%"),
        ("nan%", "lies within the video"),
        ("%", "or a share such as 50%"),
    ],
)
def test_a_moment_that_is_none_stays_in_its_row_with_the_reason(
    operators: Client, application: Application, typed: str, said: str
) -> None:
    rows = {"name": "stills", "kinds": ["covers"], "cover_at": ["50%", typed]}
    form = operators.post(reverse("console:flow-create"), rows).context["form"]
    assert said in str(form.cover_rows[1].errors["cover_at"])
    assert form.cover_rows[1]["cover_at"].value() == typed
    assert not application.procedures.exists()


def test_without_scripts_a_button_adds_an_empty_row(operators: Client, application: Application) -> None:
    rows = {"name": "stills", "kinds": ["covers"], "cover_at": ["50%"], "add": "covers"}
    form = operators.post(reverse("console:flow-create"), rows).context["form"]
    assert [row["cover_at"].value() or "" for row in form.cover_rows] == ["50%", ""]
    assert not application.procedures.exists()


def test_what_isnt_ticked_is_left_out_whatever_its_rows_hold(operators: Client, application: Application) -> None:
    rows = {"name": "moves", "kinds": "animated", "definition": "20000", "start": "", "end": "", "cover_at": "nonsense"}
    operators.post(reverse("console:flow-create"), rows)
    assert _covers(application.procedures.get(name="moves")) == []
