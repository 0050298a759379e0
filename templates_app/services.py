"""Writes: one use case each."""

from collections.abc import Iterable
from copy import copy
from itertools import chain
from typing import cast

from django.conf import settings
from django.db.models import F, ProtectedError
from django.utils import timezone

from applications.errors import Conflict, Forbidden, InvalidValue, LimitReached, refuse
from applications.models import Application
from applications.transactions import atomic, locked_row
from templates_app import rules
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields
from templates_app.snapshot_template import SnapshotTemplate

Template = AnimatedImageTemplate | SnapshotTemplate

IMPORTED = range(1, 10_000_000)
"""Numbers that a template may bring along: far from the largest, as the next ones follow it."""


class TooManyTemplates(LimitReached):
    pass


class PresetIsFixed(Forbidden):
    pass


class TemplateInUse(Conflict):
    def __init__(self, procedures: tuple[str, ...]) -> None:
        super().__init__(f"The template is used by {', '.join(procedures)}. Change or delete that task flow first.")
        self.procedures = procedures


@atomic
def create_template(*, application: Application, fields: TemplateFields) -> AnimatedImageTemplate:
    """Raises InvalidValue or TooManyTemplates (settings.ZOETROPE_MAX_TEMPLATES)."""
    refuse(chain(rules.mistakes(fields), rules.mistakes_of_new(fields)))
    owner = locked_row(Application.objects.all(), application.pk, gone="This application is gone.")
    if owner.templates.count() >= settings.ZOETROPE_MAX_TEMPLATES:
        raise TooManyTemplates(
            f"An application has at most {settings.ZOETROPE_MAX_TEMPLATES} templates of its own. Delete one first."
        )
    return AnimatedImageTemplate.objects.create(application=owner, definition=new_definition(owner), **fields)


@atomic
def import_template(
    *, application: Application, definition: object, fields: TemplateFields
) -> tuple[AnimatedImageTemplate, bool]:
    """With its own number where that is a free one, and whether it is new: not when the very same is there.

    Raises as create_template.
    """
    same = application.templates.filter(**fields).order_by("definition").first()
    if same is not None:
        return same, False
    made = create_template(application=application, fields=fields)
    usable = AnimatedImageTemplate.objects.usable_in(application)
    if isinstance(definition, int) and definition in IMPORTED and not usable.filter(definition=definition).exists():
        made.definition = definition
        made.save(update_fields=["definition"])
        Application.objects.filter(pk=application.pk, next_definition__lte=definition).update(
            next_definition=definition + 1
        )
    return made, True


@atomic
def modify_template(*, template: AnimatedImageTemplate, fields: TemplateFields) -> AnimatedImageTemplate:
    """Change only what `fields` names. Running jobs keep the values they were submitted with (invariant I8).

    The template as it is then. Raises InvalidValue, PresetIsFixed, or NotFound when it was deleted meanwhile.
    """
    refuse_preset(template)
    rules.check(fields, sizes=rules.SIZES_OF_CHANGES)
    now = locked_row(AnimatedImageTemplate.objects.all(), template.pk, gone="This template was deleted.")
    _write(now, fields)
    now.updated_at = timezone.now()
    now.save(update_fields=[*fields, "updated_at"])
    return now


def new_definition(owner: Application) -> int:
    """A template's id, which was never given before; the owner is locked."""
    Application.objects.filter(pk=owner.pk).update(next_definition=F("next_definition") + 1)
    return owner.next_definition


def clone_template(*, template: AnimatedImageTemplate, application: Application) -> AnimatedImageTemplate:
    """A custom template with the same values, presets included, named after its origin."""
    values = {name: getattr(template, name) for name in rules.FIELDS}
    values["name"] = copy_name(template)
    return create_template(application=application, fields=cast(TemplateFields, values))


def copy_name(template: Template) -> str:
    return f"{template.label} copy"[: rules.MAX_NAME]


def proposed(template: AnimatedImageTemplate | None, fields: TemplateFields) -> AnimatedImageTemplate:
    """A template as it would be with these fields, which nobody stores. Raises InvalidValue."""
    if template is None and "fps" not in fields:
        raise InvalidValue("A picture needs a frame rate, or a template that has one.", field="fps")
    rules.check(fields, sizes=rules.SIZES_OF_CHANGES)
    would_be = copy(template) if template else AnimatedImageTemplate()
    _write(would_be, fields)
    return would_be


def _write(template: AnimatedImageTemplate, fields: TemplateFields) -> None:
    """Raises InvalidValue where what is new doesn't go with what was there."""
    for name, value in fields.items():
        setattr(template, name, value)
    refuse(rules.mistakes_of_showing(vars(template)))


@atomic
def delete_template(*, template: Template) -> None:
    """Raises TemplateInUse, naming the task flows, or PresetIsFixed. Finished images and running jobs are untouched."""
    refuse_preset(template)
    locked_row(Application.objects.all(), template.application_id, gone="This application is gone.")
    try:
        template.delete()
    except ProtectedError as error:
        raise TemplateInUse(_procedure_names(error.protected_objects)) from error


def _procedure_names(steps: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({str(getattr(step, "procedure", step)) for step in steps}))


def refuse_preset(template: Template) -> None:
    if template.is_preset:
        raise PresetIsFixed("A preset can't be changed or deleted. Clone it and change the copy.")
