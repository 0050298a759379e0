"""Reads; each starts from the application it belongs to."""

from applications.errors import NotFound
from applications.models import Application
from templates_app.models import AnimatedImageTemplate, TemplateQuerySet


def templates_for(application: Application) -> TemplateQuerySet:
    """The application's own templates and the presets."""
    return AnimatedImageTemplate.objects.usable_in(application)


def template_for(application: Application, definition: int) -> AnimatedImageTemplate:
    """Raises NotFound."""
    template = templates_for(application).filter(definition=definition).first()
    if template is None:
        raise NotFound(f"There is no template {definition}.", field="definition")
    return template
