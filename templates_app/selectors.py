"""Reads; each starts from the application it belongs to."""

from collections.abc import Collection, Iterable

from django.db.models import Value

from applications.errors import NotFound
from applications.models import Application
from applications.often_asked import OftenAsked
from templates_app.models import AnimatedImageTemplate, TemplateQuerySet
from templates_app.presets import BY_PURPOSE

_LARGEST = 2**31 - 1  # that the column holds


def templates_for(application: Application | Value) -> TemplateQuerySet:
    """The application's own templates and the presets."""
    return AnimatedImageTemplate.objects.usable_in(application)


def documented_templates_for(application: Application) -> TemplateQuerySet:
    """Without the presets by purpose, of which the cloud's protocol doesn't know."""
    return templates_for(application).exclude(application=None, definition__gte=BY_PURPOSE)


def template_for(application: Application, definition: int) -> AnimatedImageTemplate:
    """Raises NotFound."""
    return templates_named(application, [definition])[definition]


_one_template = OftenAsked(
    lambda application, definition: templates_for(application).filter(definition=definition),
    "application",
    "definition",
)


def templates_named(application: Application, definitions: Collection[int]) -> dict[int, AnimatedImageTemplate]:
    """Each by its definition, however many, in one query. Raises NotFound for the first that isn't there."""
    wanted = storable(definitions)
    rows: Iterable[AnimatedImageTemplate]
    if len(wanted) == 1:
        rows = _one_template.all(application=application.pk, definition=next(iter(wanted)))
    else:
        rows = templates_for(application).filter(definition__in=wanted)
    found = {one.definition: one for one in rows}
    for definition in definitions:
        if definition not in found:
            raise NotFound(f"There is no template {definition}.", field="definition")
    return found


def storable(definitions: Iterable[int]) -> set[int]:
    """Those that a template can have at all."""
    return {definition for definition in definitions if 0 <= definition <= _LARGEST}
