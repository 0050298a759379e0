from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from applications.models import Application
from media_jobs.models.media import Media


class Preview(models.Model):
    """A picture that somebody looked at before asking for it: nobody's output, in no list, at no public address.
    What is made beside it lies under keys made of its own.

    A job with the same recipe takes its bytes over. It is forgotten soon, and an application has few of them
    (media_jobs/jobs/previews.py).

    Fields:
        recipe_key: as media_jobs/jobs/recipes.py has it
        size: bytes, of what was made beside it, too
        facts: what an AnimatedImage made of it would say of itself
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="previews")
    media = models.ForeignKey(Media, models.CASCADE, related_name="previews")
    recipe_key = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=255, unique=True)
    size = models.PositiveBigIntegerField()
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["application", "recipe_key"], name="one_preview_a_recipe")]
        indexes = [models.Index(fields=["created_at"], name="previews_to_prune")]

    def __str__(self) -> str:
        return self.storage_key
