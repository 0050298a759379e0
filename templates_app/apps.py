from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TemplatesAppConfig(AppConfig):
    name = "templates_app"

    def ready(self) -> None:
        post_migrate.connect(_write_presets, sender=self)


def _write_presets(**_: Any) -> None:
    """Presets are data of the code, not of a deployment: every migrate makes the rows what presets.py says."""
    from templates_app.models import AnimatedImageTemplate
    from templates_app.presets import PRESETS

    for preset in PRESETS:
        AnimatedImageTemplate.objects.update_or_create(
            application=None, definition=preset["definition"], defaults=preset
        )
