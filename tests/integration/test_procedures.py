"""Task flows: what the services accept, refuse, and freeze."""

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.errors import InvalidValue, NotFound
from applications.models import Application
from procedures.models import Procedure
from procedures.plan import PlanStep, plan_from
from procedures.selectors import plan_of, procedure_for
from procedures.services import (
    ProcedureExists,
    StepInput,
    TooManyProcedures,
    clone_procedure,
    create_procedure,
    delete_procedure,
    reset_procedure,
)
from templates_app.models import AnimatedImageTemplate
from templates_app.services import modify_template

pytestmark = pytest.mark.django_db
STEP = StepInput(definition=20000)


def test_a_flow_keeps_its_steps_in_order(procedure: Procedure, gif_template: AnimatedImageTemplate) -> None:
    steps = plan_of(procedure).steps
    orders = [(step.definition, step.order.start, step.order.end) for step in steps]
    assert orders == [(30001, 0.5, 2.0), (30002, 1.0, -1.0)]
    assert steps[0].order.spec == gif_template.spec


def test_a_plan_survives_the_database_and_later_edits(
    procedure: Procedure, gif_template: AnimatedImageTemplate
) -> None:
    modify_template(template=gif_template, fields={"score": True})
    frozen = plan_of(procedure).steps[0]
    modify_template(template=gif_template, fields={"fps": 30, "score": False})
    assert PlanStep.from_dict(frozen.as_dict()) == frozen
    assert (frozen.order.spec.fps, frozen.order.scored) == (5, True)
    assert plan_of(procedure_for(procedure.application, "loops")).steps[0].order.spec.fps == 30


@pytest.mark.parametrize("name", ["", "   ", "n" * 21])
def test_a_flow_without_a_proper_name_is_refused(application: Application, name: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        create_procedure(application=application, name=name, steps=[STEP])
    assert refusal.value.field == "name"


def test_twenty_chinese_characters_are_a_proper_name(application: Application) -> None:
    create_procedure(application=application, name="动" * 20, steps=[STEP])
    assert procedure_for(application, "动" * 20).steps.count() == 1


def test_names_are_unique_within_an_application_only(application: Application, other_application: Application) -> None:
    create_procedure(application=application, name="same", steps=[STEP])
    with pytest.raises(ProcedureExists):
        create_procedure(application=application, name="same", steps=[STEP])
    create_procedure(application=other_application, name="same", steps=[STEP])


def test_a_flow_needs_a_step_and_knows_only_its_own_templates(
    application: Application, other_application: Application, gif_template: AnimatedImageTemplate
) -> None:
    with pytest.raises(InvalidValue, match="at least one"):
        create_procedure(application=application, name="empty", steps=[])
    with pytest.raises(NotFound, match="30001"):
        create_procedure(application=other_application, name="theirs", steps=[StepInput(gif_template.definition)])
    assert not Procedure.objects.exists()


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 2), (-1, -1), (-1, -3), (float("nan"), 0), (0, float("inf"))])
def test_offsets_that_can_fit_no_video_are_refused_at_once(application: Application, start: float, end: float) -> None:
    with pytest.raises(InvalidValue) as refusal:
        create_procedure(application=application, name="bad", steps=[StepInput(20000, start, end)])
    assert refusal.value.field in ("start_offset", "end_offset")
    assert not Procedure.objects.exists()


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 0), (0, 3), (-3, 0), (0, -3), (-3, -1), (2, -2), (-8, 4)])
def test_offsets_from_both_ends_are_accepted(application: Application, start: float, end: float) -> None:
    create_procedure(application=application, name="good", steps=[StepInput(20000, start, end)])


def test_the_fifty_first_flow_is_refused(application: Application, settings: LazySettings) -> None:
    settings.ZOETROPE_MAX_PROCEDURES = 3
    for number in range(3):
        create_procedure(application=application, name=f"flow{number}", steps=[STEP])
    with pytest.raises(TooManyProcedures):
        create_procedure(application=application, name="one too many", steps=[STEP])


def test_a_reset_replaces_the_whole_definition(procedure: Procedure) -> None:
    reset_procedure(procedure=procedure, steps=[StepInput(20001, 0, 1)], comment="new")
    again = procedure_for(procedure.application, "loops")
    assert again.comment == "new"
    assert [step.template.definition for step in again.steps.all()] == [20001]


def test_a_reset_that_is_refused_changes_nothing(procedure: Procedure) -> None:
    create_procedure(application=procedure.application, name="taken", steps=[STEP])
    with pytest.raises(ProcedureExists):
        reset_procedure(procedure=procedure, name="taken", steps=[STEP])
    assert procedure.name == "loops"
    with pytest.raises(NotFound):
        reset_procedure(procedure=procedure, steps=[StepInput(99)])
    assert procedure_for(procedure.application, "loops").steps.count() == 2


def test_a_clone_takes_the_first_free_name(procedure: Procedure) -> None:
    assert [clone_procedure(procedure=procedure).name for _ in range(2)] == ["loops-2", "loops-3"]


def test_a_deleted_flow_frees_its_templates(procedure: Procedure, gif_template: AnimatedImageTemplate) -> None:
    delete_procedure(procedure=procedure)
    assert gif_template.steps.count() == 0


def test_a_task_flow_of_a_hundred_steps_takes_as_many_queries_as_one_of_two(
    application: Application, gif_template: AnimatedImageTemplate
) -> None:
    def queries(count: int) -> int:
        steps = [StepInput(definition=gif_template.definition, start=0.0, end=1.0) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            flow = create_procedure(application=application, name=f"flow {count}", steps=steps)
            reset_procedure(procedure=flow, steps=steps)
            plan_from(application, steps)
        return len(captured)

    assert queries(100) == queries(2)
