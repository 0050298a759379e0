from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from applications.models import Application
from media_jobs.models.media import Media


class StudioFile(models.Model):
    """A file that was made of a media for somebody at the studio. Gone without loss: it is made again when asked for.

    Fields:
        recipe: a digest of all that its bytes depend on beside the media; one of a kind has the same for all who ask
        size: bytes
        facts: what the studio tells of it: a Filmstrip, or the seconds of a proxy
        used_at: when it was asked for last
    """

    class Kind(models.TextChoices):
        FILMSTRIP = "filmstrip"
        PROXY = "proxy"

    application = models.ForeignKey(Application, models.CASCADE, related_name="studio_files")
    media = models.ForeignKey(Media, models.CASCADE, related_name="studio_files")
    kind = models.CharField(max_length=16, choices=Kind)
    recipe = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=255, unique=True)
    size = models.PositiveBigIntegerField()
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["media", "kind", "recipe"], name="one_studio_file_each")]
        indexes = [
            models.Index(fields=["used_at"], name="studio_files_to_forget"),
        ]

    def __str__(self) -> str:
        return self.storage_key
