"""Writes: one use case each."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from applications.errors import Conflict, InvalidValue, LimitReached
from applications.models import Application
from procedures import plan
from procedures.models import Procedure, ProcedureCover, ProcedureStep
from procedures.plan import CoverStep, StepInput, checked_covers
from templates_app.selectors import template_for

MAX_NAME, MAX_COMMENT = 20, 256
MAX_STEPS = 100


class ProcedureExists(Conflict):
    pass


class TooManyProcedures(LimitReached):
    pass


@transaction.atomic
def create_procedure(
    *,
    application: Application,
    name: str,
    steps: Sequence[StepInput],
    covers: Sequence[CoverStep] = (),
    comment: str = "",
) -> Procedure:
    """Raises InvalidValue, NotFound (a template), ProcedureExists or TooManyProcedures (ZOETROPE_MAX_PROCEDURES)."""
    _check(name=name, comment=comment, parts=(*steps, *covers))
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if locked.procedures.count() >= settings.ZOETROPE_MAX_PROCEDURES:
        raise TooManyProcedures(
            f"An application has at most {settings.ZOETROPE_MAX_PROCEDURES} task flows. Delete one first."
        )
    _refuse_taken_name(locked.procedures.all(), name)
    procedure = Procedure.objects.create(application=locked, name=name, comment=comment)
    _write_steps(procedure, steps)
    _write_covers(procedure, covers)
    return procedure


@transaction.atomic
def reset_procedure(
    *,
    procedure: Procedure,
    steps: Sequence[StepInput],
    covers: Sequence[CoverStep] | None = None,
    comment: str = "",
    name: str = "",
) -> Procedure:
    """Replace the whole definition, not merge it (docs/protocol 2.2). name "" keeps the name, covers None the covers:
    doors that know of none must not lose them."""
    name = name or procedure.name
    kept = [cover.step for cover in procedure.covers.all()]
    covers = kept if covers is None else covers
    _check(name=name, comment=comment, parts=(*steps, *covers))
    locked = Application.objects.select_for_update().get(pk=procedure.application_id)
    _refuse_taken_name(locked.procedures.exclude(pk=procedure.pk), name)
    procedure.name, procedure.comment, procedure.updated_at = name, comment, timezone.now()
    procedure.save()
    procedure.steps.all().delete()
    procedure.covers.all().delete()
    _write_steps(procedure, steps)
    _write_covers(procedure, covers)
    return procedure


@transaction.atomic
def clone_procedure(*, procedure: Procedure) -> Procedure:
    """A second task flow with the same steps, under the first free name of the form NAME-2."""
    taken = set(procedure.application.procedures.values_list("name", flat=True))
    number = 2
    while (name := f"{procedure.name[: MAX_NAME - 1 - len(str(number))]}-{number}") in taken:
        number += 1
    steps = [
        StepInput(definition=step.template.definition, start=step.start_offset, end=step.end_offset)
        for step in procedure.steps.select_related("template")
    ]
    covers = [cover.step for cover in procedure.covers.all()]
    return create_procedure(
        application=procedure.application, name=name, steps=steps, covers=covers, comment=procedure.comment
    )


def delete_procedure(*, procedure: Procedure) -> None:
    """Running tasks go on: they hold their own plan."""
    procedure.delete()


def _refuse_taken_name(others: QuerySet[Procedure], name: str) -> None:
    if others.filter(name=name).exists():
        raise ProcedureExists(f"There is already a task flow called {name}.", field="name")


def _write_steps(procedure: Procedure, steps: Sequence[StepInput]) -> None:
    for position, wanted in enumerate(steps):
        template = template_for(procedure.application, wanted.definition)
        plan.step(template, start=wanted.start, end=wanted.end)
        ProcedureStep.objects.create(
            procedure=procedure,
            position=position,
            template=template,
            start_offset=wanted.start,
            end_offset=wanted.end,
        )


def _write_covers(procedure: Procedure, covers: Sequence[CoverStep]) -> None:
    for position, cover in enumerate(checked_covers(covers)):
        ProcedureCover.objects.create(
            procedure=procedure,
            position=position,
            definition=cover.definition,
            position_type=cover.position_type,
            position_value=cover.position_value,
        )


def _check(*, name: str, comment: str, parts: Sequence[StepInput | CoverStep]) -> None:
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidValue(f"A task flow's name has 1 to {MAX_NAME} characters.", field="name")
    if len(comment) > MAX_COMMENT:
        raise InvalidValue(f"A comment has at most {MAX_COMMENT} characters.", field="comment")
    if not parts:
        raise InvalidValue("Add at least one animated image to the task flow.", field="steps")
    if len(parts) > MAX_STEPS:
        raise InvalidValue(f"A task flow has at most {MAX_STEPS} steps.", field="steps")
