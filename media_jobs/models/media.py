from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from applications.models import Application


class MediaClass(models.Model):
    """A category of media; ≤ 4 levels (docs/protocol 2.7). The primary key is the ClassId; 0 stands for "other"."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="media_classes")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=64)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["application", "parent", "name"], name="one_class_name_each")]

    def __str__(self) -> str:
        return self.name


class MediaQuerySet(models.QuerySet["Media"]):
    def present(self) -> MediaQuerySet:
        """Without the deleted ones: their files go at once, their rows stay for the tasks that tell of them."""
        return self.filter(deleted_at=None)


class Media(models.Model):
    """A video or sound that came in by any door.

    Fields:
        file_id: the FileId of the protocols, a decimal string of 19 digits
        media_type: the file's extension, in lower case
        storage_key, poster_key: where the bytes are; "" for no poster
        metadata: MediaMetaData of animator/core/result.py as a dictionary; null until analysed
            (docs/protocol 2.8, with Python's names)
        problem: why it could not be analysed, or why its task flow did not start; "" when all is well
    """

    class Status(models.TextChoices):
        NORMAL = "Normal"
        FORBIDDEN = "Forbidden"

    application = models.ForeignKey(Application, models.CASCADE, related_name="media")
    file_id = models.CharField(max_length=20)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=128, blank=True)
    media_type = models.CharField(max_length=16)
    media_class = models.ForeignKey(MediaClass, models.SET_NULL, null=True, blank=True, related_name="media")
    size = models.PositiveBigIntegerField()
    storage_key = models.CharField(max_length=255, unique=True)
    poster_key = models.CharField(max_length=255, blank=True)
    metadata: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.NORMAL)
    source_type = models.CharField(max_length=32, default="Upload")
    source_context = models.CharField(max_length=250, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        # (application, file_id) and not file_id alone: docs/reliability.md 1.5, "Index trap found"
        constraints = [models.UniqueConstraint(fields=["application", "file_id"], name="one_file_id_each")]
        indexes = [models.Index(fields=["application", "-created_at"], name="media_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.file_id})"


class MediaTag(models.Model):
    """A label of a media; ≤ 16 a media, ≤ 32 characters (docs/protocol 2.7)."""

    media = models.ForeignKey(Media, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=32)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["media", "name"], name="one_tag_each")]

    def __str__(self) -> str:
        return self.name
