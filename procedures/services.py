"""Writes: one use case each."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from applications.errors import Conflict, InvalidValue, LimitReached, refuse
from applications.models import Application
from applications.transactions import atomic, locked_row
from procedures import plan
from procedures.models import Procedure, ProcedureCover, ProcedureSnapshot, ProcedureStep, ProcedureUnmade
from procedures.plan import CoverStep, StepInput, checked_covers
from procedures.snapshots import SnapshotInput, resolved, snapshot_step
from procedures.unmade import UnmadeStep
from templates_app.selectors import templates_named

MAX_NAME, MAX_COMMENT = 20, 256
MAX_STEPS = 100


class ProcedureExists(Conflict):
    pass


class TooManyProcedures(LimitReached):
    pass


@atomic
def create_procedure(
    *,
    application: Application,
    name: str,
    steps: Sequence[StepInput],
    covers: Sequence[CoverStep] = (),
    snapshots: Sequence[SnapshotInput] = (),
    unmade: Sequence[UnmadeStep] = (),
    comment: str = "",
) -> Procedure:
    """Raises InvalidValue, NotFound (a template), ProcedureExists or TooManyProcedures (ZOETROPE_MAX_PROCEDURES)."""
    refuse(_mistakes(name=name, comment=comment, parts=(*steps, *covers, *snapshots, *unmade)))
    owner = _locked_owner(application.pk)
    if owner.procedures.count() >= settings.ZOETROPE_MAX_PROCEDURES:
        raise TooManyProcedures(
            f"An application has at most {settings.ZOETROPE_MAX_PROCEDURES} task flows. Delete one first."
        )
    _refuse_taken_name(owner.procedures.all(), name)
    procedure = Procedure.objects.create(application=owner, name=name, comment=comment)
    _write_steps(procedure, steps)
    _write_covers(procedure, covers)
    _write_snapshots(procedure, snapshots)
    _write_unmade(procedure, unmade)
    return procedure


@atomic
def reset_procedure(
    *,
    procedure: Procedure,
    steps: Sequence[StepInput],
    covers: Sequence[CoverStep] | None = None,
    snapshots: Sequence[SnapshotInput] | None = None,
    unmade: Sequence[UnmadeStep] | None = None,
    comment: str = "",
    name: str = "",
) -> Procedure:
    """Replace the whole definition, not merge it (docs/protocol 2.2). name "" keeps the name, and None what is there:
    doors that don't know of it must not lose it."""
    owner = _locked_owner(procedure.application_id)
    now = locked_row(owner.procedures.all(), procedure.pk, gone=f"The task flow {procedure.name} was deleted.")
    now.name, now.comment, now.updated_at = name or now.name, comment, timezone.now()
    covers = [cover.step for cover in now.covers.all()] if covers is None else covers
    snapshots = snapshots_of(now) if snapshots is None else snapshots
    unmade = [one.step for one in now.unmade.all()] if unmade is None else unmade
    refuse(_mistakes(name=now.name, comment=comment, parts=(*steps, *covers, *snapshots, *unmade)))
    _refuse_taken_name(owner.procedures.exclude(pk=now.pk), now.name)
    now.save(update_fields=["name", "comment", "updated_at"])
    for parts in (now.steps, now.covers, now.snapshots, now.unmade):
        parts.all().delete()
    _write_steps(now, steps)
    _write_covers(now, covers)
    _write_snapshots(now, snapshots)
    _write_unmade(now, unmade)
    return now


@atomic
def add_step(*, procedure: Procedure, step: StepInput) -> Procedure:
    """One more animated image at its end. Raises InvalidValue (too many) or NotFound."""
    owner = _locked_owner(procedure.application_id)
    now = locked_row(owner.procedures.all(), procedure.pk, gone=f"The task flow {procedure.name} was deleted.")
    before = [
        StepInput(definition=one.template.definition, start=one.start_offset, end=one.end_offset, choice=one.choice)
        for one in now.steps.select_related("template").order_by("position")
    ]
    return reset_procedure(procedure=now, steps=[*before, step], comment=now.comment)


def free_name(procedure: Procedure) -> str:
    """For a copy: the first one of the form NAME-2 that none of the application's task flows has."""
    taken = set(procedure.application.procedures.values_list("name", flat=True))
    number = 2
    while (name := f"{procedure.name[: MAX_NAME - 1 - len(str(number))]}-{number}") in taken:
        number += 1
    return name


@atomic
def clone_procedure(*, procedure: Procedure) -> Procedure:
    """A second task flow with the same steps, under a free name."""
    _locked_owner(procedure.application_id)
    name = free_name(procedure)
    steps = [
        StepInput(definition=step.template.definition, start=step.start_offset, end=step.end_offset, choice=step.choice)
        for step in procedure.steps.select_related("template")
    ]
    return create_procedure(
        application=procedure.application,
        name=name,
        steps=steps,
        covers=[cover.step for cover in procedure.covers.all()],
        snapshots=snapshots_of(procedure),
        unmade=[one.step for one in procedure.unmade.all()],
        comment=procedure.comment,
    )


@atomic
def delete_procedure(*, procedure: Procedure) -> None:
    """Running tasks go on: they hold their own plan."""
    _locked_owner(procedure.application_id)
    procedure.delete()


def _refuse_taken_name(others: QuerySet[Procedure], name: str) -> None:
    if others.filter(name=name).exists():
        raise ProcedureExists(f"There is already a task flow called {name}.", field="name")


def _locked_owner(pk: int) -> Application:
    """Whatever changes an application's task flows takes turns here, and with those that change its templates."""
    return locked_row(Application.objects.all(), pk, gone="This application is gone.")


def _write_steps(procedure: Procedure, steps: Sequence[StepInput]) -> None:
    templates = templates_named(procedure.application, [wanted.definition for wanted in steps])
    for wanted in steps:
        plan.step(templates[wanted.definition], start=wanted.start, end=wanted.end)
    ProcedureStep.objects.bulk_create(
        ProcedureStep(
            procedure=procedure,
            position=position,
            template=templates[wanted.definition],
            start_offset=wanted.start,
            end_offset=wanted.end,
            **ProcedureStep.chosen_by(wanted.choice),
        )
        for position, wanted in enumerate(steps)
    )


def _write_covers(procedure: Procedure, covers: Sequence[CoverStep]) -> None:
    ProcedureCover.objects.bulk_create(
        ProcedureCover(
            procedure=procedure,
            position=position,
            definition=cover.definition,
            position_type=cover.position_type,
            position_value=cover.position_value,
        )
        for position, cover in enumerate(checked_covers(covers))
    )


def snapshots_of(procedure: Procedure) -> list[SnapshotInput]:
    return [one.asked for one in procedure.snapshots.select_related("template")]


def _write_snapshots(procedure: Procedure, snapshots: Sequence[SnapshotInput]) -> None:
    rows = []
    for position, (template, moments) in enumerate(resolved(procedure.application, snapshots)):
        snapshot_step(template, moments)
        row = ProcedureSnapshot(procedure=procedure, position=position, template=template, moments=list(moments))
        rows.append(row)
    ProcedureSnapshot.objects.bulk_create(rows)


def _write_unmade(procedure: Procedure, unmade: Sequence[UnmadeStep]) -> None:
    ProcedureUnmade.objects.bulk_create(
        ProcedureUnmade(procedure=procedure, position=position, task=one.task, asked=one.asked)
        for position, one in enumerate(unmade)
    )


def _mistakes(*, name: str, comment: str, parts: Sequence[object]) -> Iterator[InvalidValue]:
    if not name.strip() or len(name) > MAX_NAME:
        yield InvalidValue(f"A task flow's name has 1 to {MAX_NAME} characters.", field="name")
    if len(comment) > MAX_COMMENT:
        yield InvalidValue(f"A comment has at most {MAX_COMMENT} characters.", field="comment")
    yield from mistakes_of_parts(parts)


def mistakes_of_parts(parts: Sequence[object]) -> Iterator[InvalidValue]:
    if not parts:
        yield InvalidValue("Add at least one animated image to the task flow.", field="steps")
    if len(parts) > MAX_STEPS:
        yield InvalidValue(f"A task flow has at most {MAX_STEPS} steps.", field="steps")
