"""What the forms write, and what they say when they can't."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.models import Media, MediaClass, ProcedureTask
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

TEMPLATE = {"name": "Loop", "format": "webp", "fps": "12", "quality": "80", "width": "320", "height": ""}


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def test_a_template_is_made_and_changed_as_typed(operators: Client, application: Application) -> None:
    operators.post(
        reverse("console:template-create"), TEMPLATE | {"resolution_adaptive": "on", "score": "on", "effort": "3"}
    )
    template = application.templates.get()
    assert (template.width, template.height, template.resolution_adaptive, template.quality) == (320, 0, True, 80.0)
    assert (template.score, template.effort, template.spec.effort) == (True, 3, 3)
    page = operators.get(reverse("console:template", args=[template.definition])).content
    assert re.search(rb"Closeness to source</dt>\s*<dd>\s*Measured", page)

    operators.post(reverse("console:template-edit", args=[template.definition]), TEMPLATE | {"fps": "24"})
    template.refresh_from_db()
    assert (template.fps, template.resolution_adaptive, template.score) == (24, False, False)
    assert template.effort == 2


def test_every_mistake_of_a_template_is_named_at_once(operators: Client, application: Application) -> None:
    wrong = TEMPLATE | {"fps": "61", "width": "100", "quality": "0", "effort": "4"}
    form = operators.post(reverse("console:template-create"), wrong).context["form"]
    assert set(form.errors) == {"fps", "width", "quality", "effort"}
    assert not application.templates.exists()


@pytest.mark.parametrize(
    ("typed", "is_open"),
    [
        ({}, False),
        ({"effort": "4"}, True),
        ({"crossfade": "9"}, True),
        ({"least_fps": "x"}, True),
        ({"speed": "2"}, True),
    ],
)
def test_a_mistake_in_the_folded_part_is_not_folded_away(
    operators: Client, typed: dict[str, str], is_open: bool
) -> None:
    """An error within a closed fold was seen by nobody: the page came back, and seemed to have nothing to say."""
    page = operators.post(reverse("console:template-create"), TEMPLATE | {"quality": "0", **typed}).content.decode()
    fold = page.split("<summary", 1)[0].rpartition("<details")[2]
    assert (" open" in fold) is is_open


def test_a_preset_is_shown_instead_of_edited_and_its_clone_can_be_changed(
    operators: Client, application: Application
) -> None:
    assert operators.get(reverse("console:template-edit", args=[20000]))["Location"].endswith("/20000")
    assert operators.post(reverse("console:template-delete", args=[20000])).status_code == 403
    clone = reverse("console:template-clone", args=[20000])
    shown = operators.get(clone).context["form"]
    assert not application.templates.exists(), "nothing is saved before the form is confirmed"
    operators.post(clone, {name: shown[name].value() for name in shown.fields} | {"resolution_adaptive": "on"})
    copy = application.templates.get()
    assert (copy.name.endswith(" copy"), copy.format, copy.fps) == (True, "gif", 2)


def test_a_template_in_use_says_by_whom(
    operators: Client, procedure: Procedure, gif_template: AnimatedImageTemplate
) -> None:
    answer = operators.post(reverse("console:template-delete", args=[gif_template.definition]))
    assert answer.status_code == 409
    assert b"used by loops" in answer.content


def test_the_seventeenth_template_is_refused_and_its_values_are_kept(
    operators: Client, application: Application, settings: object
) -> None:
    settings.ZOETROPE_MAX_TEMPLATES = 0  # type: ignore[attr-defined]
    answer = operators.post(reverse("console:template-create"), TEMPLATE)
    assert answer.status_code == 200
    assert b"at most 0 templates" in answer.content
    assert b'value="Loop"' in answer.content


def _flow(*rows: tuple[object, str, str], name: str = "mine") -> dict[str, object]:
    definitions, starts, ends = zip(*rows, strict=True) if rows else ((), (), ())
    return {"name": name, "comment": "", "kinds": "animated", "definition": definitions, "start": starts, "end": ends}


def test_a_flows_rows_become_steps_in_their_order(
    operators: Client, application: Application, gif_template: AnimatedImageTemplate
) -> None:
    definition = gif_template.definition
    rows = _flow((definition, "1:15", "1m20s"), (20001, "-5", ""), (definition, "", "2"))
    operators.post(reverse("console:flow-create"), rows)
    steps = application.procedures.get(name="mine").steps.all()
    assert [(step.template.definition, step.start_offset, step.end_offset) for step in steps] == [
        (definition, 75, 80),
        (20001, -5, 0),
        (definition, 0, 2),
    ]


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ((20000, "5", "5"), "start", "lies at or behind the end offset"),
        ((20000, "soon", ""), "start", "Write a time such as"),
        (("", "1", "2"), "definition", "required"),
        ((39999, "1", "2"), "definition", "not one of the available choices"),
    ],
)
def test_a_mistake_in_one_row_is_shown_in_that_row(
    row: tuple[object, str, str], field: str, words: str, operators: Client, application: Application
) -> None:
    answer = operators.post(reverse("console:flow-create"), _flow((20001, "1", "2"), row))
    good, bad = answer.context["form"].rows
    assert not good.errors
    assert words in bad.errors[field][0]
    assert not application.procedures.exists()


def test_a_row_says_how_many_pieces_are_shown_and_what_is_passed_over(
    operators: Client, application: Application
) -> None:
    spread = {"pieces": "10", "piece": "0.6", "skip_first": "5", "skip_last": "10"}
    operators.post(reverse("console:flow-create"), _flow((20001, "", "")) | {"auto": ""} | spread)
    step = application.procedures.get(name="mine").steps.get()
    assert step.choice.as_dict() == {"auto": 0, "pieces": 10, "piece": 0.6, "skip_first": 5, "skip_last": 10}
    page = operators.get(reverse("console:flow-edit", args=[step.procedure_id]))
    assert page.context["form"].rows[0].opens_spread
    assert not page.context["form"].new_row.opens_spread
    for wrong, field in (({"pieces": "1"}, "pieces"), ({"skip_first": "95"}, "skip_last"), ({"auto": "3"}, "auto")):
        answer = operators.post(reverse("console:flow-create"), _flow((20001, "", ""), name="b") | spread | wrong)
        assert list(answer.context["form"].rows[0].errors) == [field]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (_flow(), "Add at least one animated image"),
        (_flow((20000, "", ""), name="x" * 21), "1 to 20 characters"),
        (_flow((20000, "", ""), name="loops"), "already a task flow called loops"),
    ],
)
def test_a_flow_that_cant_be_made_says_why(
    form: dict[str, object], words: str, operators: Client, procedure: Procedure
) -> None:
    answer = operators.post(reverse("console:flow-create"), form)
    assert words in str(answer.context["form"].errors)


def test_a_flow_is_edited_cloned_and_deleted(operators: Client, application: Application, procedure: Procedure) -> None:
    page = operators.get(reverse("console:flow-edit", args=[procedure.pk]))
    assert [row.words for row in page.context["form"].rows] == [
        "From 0.5 s to 2 s (1.5 s)",
        "From 1 s to 1 s before the end",
    ]
    operators.post(reverse("console:flow-edit", args=[procedure.pk]), _flow((20000, "", ""), name="renamed"))
    procedure.refresh_from_db()
    assert (procedure.name, procedure.steps.count()) == ("renamed", 1)
    clone = reverse("console:flow-clone", args=[procedure.pk])
    assert operators.get(clone).context["form"]["name"].value() == "renamed-2"
    assert application.procedures.count() == 1, "nothing is saved before the form is confirmed"
    operators.post(clone, _flow((20000, "", ""), name="renamed-2"))
    assert application.procedures.filter(name="renamed-2").exists()
    operators.post(reverse("console:flow-delete", args=[procedure.pk]))
    assert [flow.name for flow in application.procedures.all()] == ["renamed-2"]


def test_a_medias_basic_info_is_changed(operators: Client, application: Application, uploaded: Media) -> None:
    news = MediaClass.objects.create(application=application, name="News")
    form = {"name": "夏", "description": "d", "media_class": news.pk, "tags": "a, b，a,, "}
    operators.post(reverse("console:media-modify", args=[uploaded.file_id]), form)
    uploaded.refresh_from_db()
    assert (uploaded.name, uploaded.media_class) == ("夏", news)
    assert [tag.name for tag in uploaded.tags.all()] == ["a", "b"]


def test_a_class_of_another_application_isnt_offered(
    operators: Client, uploaded: Media, other_application: Application
) -> None:
    theirs = MediaClass.objects.create(application=other_application, name="Theirs")
    form = {"name": "x", "media_class": theirs.pk}
    answer = operators.post(reverse("console:media-modify", args=[uploaded.file_id]), form)
    assert "media_class" in answer.context["form"].errors


def test_several_media_are_processed_and_deleted_together_but_only_ones_own(
    operators: Client,
    upload_clip: Callable[..., Media],
    other_application: Application,
    procedure: Procedure,
) -> None:
    own, foreign = [upload_clip(), upload_clip()], upload_clip(into=other_application)
    chosen = {"file_id": [media.file_id for media in [*own, foreign]], "procedure": procedure.name}
    operators.post(reverse("console:media-process"), chosen)
    assert {task.media for task in ProcedureTask.objects.all()} == set(own)
    operators.post(reverse("console:media-delete"), chosen)
    assert list(Media.objects.present()) == [foreign]


def test_choosing_nothing_is_answered_in_words(operators: Client, procedure: Procedure) -> None:
    answer = operators.post(reverse("console:media-process"), {"procedure": procedure.name})
    assert answer.status_code == 400
    assert b"choose again" in answer.content


def test_a_finished_task_has_nothing_to_retry_and_says_so(
    operators: Client, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    run_jobs()
    answer = operators.post(reverse("console:task-retry", args=[task.task_id]))
    assert answer.status_code == 409
    assert b"nothing to try again" in answer.content
