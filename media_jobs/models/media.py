from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application


class MediaClass(models.Model):
    """A category of media; ≤ 4 levels (docs/protocol 2.7). The primary key is the ClassId; 0 stands for "other"."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="media_classes")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "media classes"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["application", "parent", "name"], name="one_class_name_each")]

    def __str__(self) -> str:
        return self.name


def still_there(path: str = "") -> Q:
    """Of the media that `path` leads to: neither deleted nor past its time, whether or not anybody cleaned up since."""
    expires = f"{path}expires_at"
    return Q(**{f"{path}deleted_at": None}) & (Q(**{expires: None}) | Q(**{f"{expires}__gt": Now()}))


class MediaQuerySet(models.QuerySet["Media"]):
    def present(self) -> MediaQuerySet:
        """Without those that were deleted or have expired: their rows stay for the tasks that tell of them."""
        return self.filter(still_there())

    def expired(self) -> MediaQuerySet:
        """Gone for everybody, but not deleted yet."""
        return self.filter(deleted_at=None, expires_at__lte=Now())

    def key_of(self, *, application: Application | models.Value, file_id: str) -> models.Subquery:
        """The primary key that a FileId stands for, NULL for none: indexes of what is of a media know it by that."""
        return models.Subquery(self.filter(application=application, file_id=file_id).values("pk")[:1])


_THERE = Q(deleted_at=None)
_NEWEST = ["application", "-created_at"]
# With what lists ask of each of many: rows are long, and deleted ones are kept for months.
_LISTED = [*_NEWEST, "expires_at", "status", "media_class", "media_type", "deleted_at"]


class Media(models.Model):
    """A video or sound that came in by any door.

    Fields:
        file_id: the FileId of the protocols, a decimal string of 19 digits
        alt: what its pictures say to those who don't see them; "": the name
        media_type: the file's extension, in lower case
        storage_key, poster_key: where the bytes are; "" for no poster
        waits_on: the host that still has to push the bytes to the store; "" when they are there
        sha256: of the bytes, in lower-case hex; "" until somebody has read them through
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
    alt = models.CharField(max_length=300, blank=True, default="", db_default="")
    media_type = models.CharField(max_length=16)
    media_class = models.ForeignKey(MediaClass, models.SET_NULL, null=True, blank=True, related_name="media")
    size = models.PositiveBigIntegerField()
    storage_key = models.CharField(max_length=255, unique=True)
    poster_key = models.CharField(max_length=255, blank=True)
    waits_on = models.CharField(max_length=128, blank=True, default="", db_default="")
    sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
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
        verbose_name_plural = "media"
        ordering = ["-created_at", "-pk"]
        # (application, file_id) and not file_id alone: docs/reliability.md 1.5, "Index trap found"
        constraints = [models.UniqueConstraint(fields=["application", "file_id"], name="one_file_id_each")]
        indexes = [
            models.Index(fields=_LISTED, condition=_THERE, name="media_listed"),
            models.Index(fields=["application", "name", "id"], condition=_THERE, name="media_by_name"),
            models.Index(fields=["application", "size", "id"], condition=_THERE, name="media_by_size"),
            models.Index(fields=["application", "updated_at", "id"], condition=_THERE, name="media_by_change"),
            models.Index(
                fields=["application", "media_class", "-created_at"],
                condition=_THERE & Q(media_class__isnull=False),
                name="media_of_class",
            ),
            models.Index(fields=_NEWEST, condition=_THERE & Q(status="Forbidden"), name="media_forbidden"),
            models.Index(fields=_NEWEST, condition=_THERE & ~Q(problem=""), name="media_with_problem"),
            models.Index(
                fields=["expires_at"], condition=Q(deleted_at=None, expires_at__isnull=False), name="media_to_expire"
            ),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="media_to_prune"),
            models.Index(
                fields=["application", "expires_at", "size", "deleted_at"],
                condition=_THERE,
                name="media_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.file_id})"

    @property
    def may_move(self) -> bool:
        """Whether animated images can be made of it; while nobody has looked at it, they may be."""
        if self.metadata is None:
            return not self.problem
        return bool(self.metadata.get("video_streams"))

    @property
    def is_forbidden(self) -> bool:
        """Whether its addresses, those of its pictures and posters too, answer 404."""
        return self.status == Media.Status.FORBIDDEN

    @property
    def may_be_processed(self) -> bool:
        """Whether it makes sense to offer that animated images are made of it."""
        return self.may_move and not self.is_forbidden


class MediaTag(models.Model):
    """A label of a media; ≤ 16 a media, ≤ 32 characters (docs/protocol 2.7)."""

    media = models.ForeignKey(Media, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=32)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["media", "name"], name="one_tag_each")]
        indexes = [models.Index(fields=["name", "media"], name="tags_by_name")]

    def __str__(self) -> str:
        return self.name
