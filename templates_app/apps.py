from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TemplatesAppConfig(AppConfig):
    name = "templates_app"
    verbose_name = "Templates"

    def ready(self) -> None:
        post_migrate.connect(_write_presets, sender=self)


def _write_presets(**_: Any) -> None:
    """Presets are data of the code, not of a deployment: every migrate makes the rows what presets.py says."""
    from templates_app.models import AnimatedImageTemplate, SnapshotTemplate
    from templates_app.presets import PRESETS
    from templates_app.snapshot_kinds import KINDS, PRESET

    for preset in PRESETS:
        AnimatedImageTemplate.objects.update_or_create(
            application=None, definition=preset["definition"], defaults=preset
        )
    for kind in KINDS.values():
        fixed = {"fill_type": SnapshotTemplate.Fill.STRETCH, **kind.preset}
        SnapshotTemplate.objects.update_or_create(application=None, kind=kind.name, definition=PRESET, defaults=fixed)
