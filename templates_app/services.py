"""Writes: one use case each."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils import timezone

from applications.errors import Conflict, Forbidden, InvalidValue, LimitReached
from applications.models import Application
from templates_app import rules
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields


class TooManyTemplates(LimitReached):
    pass


class PresetIsFixed(Forbidden):
    pass


class TemplateInUse(Conflict):
    def __init__(self, procedures: tuple[str, ...]) -> None:
        super().__init__(f"The template is used by {', '.join(procedures)}. Change or delete that task flow first.")
        self.procedures = procedures


@transaction.atomic
def create_template(*, application: Application, fields: TemplateFields) -> AnimatedImageTemplate:
    """Raises InvalidValue or TooManyTemplates (settings.ZOETROPE_MAX_TEMPLATES)."""
    if "fps" not in fields:
        raise InvalidValue("A template needs a frame rate.", field="fps")
    rules.check(fields)
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if locked.templates.count() >= settings.ZOETROPE_MAX_TEMPLATES:
        raise TooManyTemplates(
            f"An application has at most {settings.ZOETROPE_MAX_TEMPLATES} templates of its own. Delete one first."
        )
    Application.objects.filter(pk=locked.pk).update(next_definition=F("next_definition") + 1)
    return AnimatedImageTemplate.objects.create(application=locked, definition=locked.next_definition, **fields)


@transaction.atomic
def modify_template(*, template: AnimatedImageTemplate, fields: TemplateFields) -> AnimatedImageTemplate:
    """Change only what `fields` names. Running jobs keep the values they were submitted with (invariant I8)."""
    _refuse_preset(template)
    rules.check(fields, sizes=rules.SIZES_OF_CHANGES)
    for name, value in fields.items():
        setattr(template, name, value)
    template.updated_at = timezone.now()
    template.save()
    return template


def clone_template(*, template: AnimatedImageTemplate, application: Application) -> AnimatedImageTemplate:
    """A custom template with the same values, presets included, named after its origin."""
    name = f"{template.label} copy"[: rules.MAX_NAME]
    return create_template(
        application=application,
        fields={
            "name": name,
            "comment": template.comment,
            "format": template.format,
            "width": template.width,
            "height": template.height,
            "resolution_adaptive": template.resolution_adaptive,
            "fps": template.fps,
            "quality": template.quality,
            "score": template.score,
        },
    )


def delete_template(*, template: AnimatedImageTemplate) -> None:
    """Raises TemplateInUse, naming the task flows, or PresetIsFixed. Finished images and running jobs are untouched."""
    _refuse_preset(template)
    try:
        template.delete()
    except ProtectedError as error:
        raise TemplateInUse(_procedure_names(error.protected_objects)) from error


def _procedure_names(steps: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({str(getattr(step, "procedure", step)) for step in steps}))


def _refuse_preset(template: AnimatedImageTemplate) -> None:
    if template.is_preset:
        raise PresetIsFixed("A preset can't be changed or deleted. Clone it and change the copy.")
