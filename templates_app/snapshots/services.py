"""Writing snapshot templates: one use case each. They are deleted like any other (services.delete_template)."""

from typing import cast

from django.conf import settings
from django.utils import timezone

from applications.models import Application
from applications.transactions import atomic, locked_row
from templates_app.services import TooManyTemplates, copy_name, new_definition, refuse_preset
from templates_app.snapshot_kinds import SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate
from templates_app.snapshots.rules import SnapshotFields, check, fields_of


@atomic
def create_snapshot_template(
    *, application: Application, kind: SnapshotKind, fields: SnapshotFields
) -> SnapshotTemplate:
    """`fields` are `fields_of(kind)`. Raises InvalidValue or TooManyTemplates (ZOETROPE_MAX_TEMPLATES of a kind)."""
    template = SnapshotTemplate(kind=kind.name, **fields)
    check(kind, template)
    owner = locked_row(Application.objects.all(), application.pk, gone="This application is gone.")
    if owner.snapshot_templates.filter(kind=kind.name).count() >= settings.ZOETROPE_MAX_TEMPLATES:
        raise TooManyTemplates(
            f"An application has at most {settings.ZOETROPE_MAX_TEMPLATES} templates of a kind. Delete one first."
        )
    template.application, template.definition = owner, new_definition(owner)
    template.save(force_insert=True)
    return template


@atomic
def modify_snapshot_template(*, template: SnapshotTemplate, fields: SnapshotFields) -> SnapshotTemplate:
    """Change only what `fields` names. Running jobs keep the values they were submitted with (invariant I8).

    The template as it is then. Raises InvalidValue, PresetIsFixed, or NotFound when it was deleted meanwhile.
    """
    refuse_preset(template)
    now = locked_row(SnapshotTemplate.objects.all(), template.pk, gone="This template was deleted.")
    for name, value in fields.items():
        setattr(now, name, value)
    check(now.sort, now)
    now.updated_at = timezone.now()
    now.save(update_fields=[*fields, "updated_at"])
    return now


def clone_snapshot_template(*, template: SnapshotTemplate, application: Application) -> SnapshotTemplate:
    """A custom template with the same values, presets included, named after its origin."""
    values = {name: getattr(template, name) for name in fields_of(template.sort)}
    values["name"] = copy_name(template)
    return create_snapshot_template(application=application, kind=template.sort, fields=cast(SnapshotFields, values))
