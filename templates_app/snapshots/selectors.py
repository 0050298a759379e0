"""Reads about snapshot templates; each starts from the application it belongs to."""

from collections.abc import Collection

from applications.errors import NotFound
from applications.models import Application
from templates_app.selectors import storable
from templates_app.snapshot_kinds import SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate, SnapshotTemplateQuerySet


def snapshot_templates_for(application: Application, kind: SnapshotKind) -> SnapshotTemplateQuerySet:
    """The application's own templates of this kind and its presets."""
    return SnapshotTemplate.objects.usable_in(application).filter(kind=kind.name)


def snapshot_template_for(application: Application, kind: SnapshotKind, definition: int) -> SnapshotTemplate:
    """Raises NotFound."""
    return snapshot_templates_named(application, [(kind.name, definition)])[kind.name, definition]


def snapshot_templates_named(
    application: Application, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], SnapshotTemplate]:
    """Each by its kind and definition, however many, in one query. Raises NotFound for the first that isn't there."""
    usable = SnapshotTemplate.objects.usable_in(application)
    rows = usable.filter(definition__in=storable(definition for _, definition in wanted)) if wanted else ()
    found = {(one.kind, one.definition): one for one in rows}
    for kind, definition in wanted:
        if (kind, definition) not in found:
            raise NotFound(f"There is no snapshot template {kind}-{definition}.", field="definition")
    return found
