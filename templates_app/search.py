"""Finding templates by what a person remembers of them."""

from collections.abc import Collection

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from applications.models import Application
from templates_app.models import TemplateQuerySet
from templates_app.selectors import templates_for


def templates_found(
    application: Application, *, text: str = "", kind: str = "", presets: Collection[int] = ()
) -> TemplateQuerySet:
    """The application's templates and the presets, fewer where `text` or `kind` says so.

    `text` is part of a name or the beginning of an id; `kind` is "preset", "custom", or "" for both;
    `presets` are found by `text`, too: those that are called so in the language of whoever asks.
    """
    found = templates_for(application)
    if text := text.strip():
        found = found.annotate(id_text=Cast("definition", CharField())).filter(
            Q(name__icontains=text) | Q(id_text__startswith=text) | Q(application=None, definition__in=presets)
        )
    if kind:
        found = found.filter(application__isnull=kind == "preset")
    return found
