from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from applications import secretbox
from media_jobs.models.uploads import Upload


class UploadCredential(models.Model):
    """A temporary key that opens the objects of one upload session, and nothing else, until it expires.

    The token is kept as a SHA-256 digest; the secret key is sealed, as signatures must be computed with it.
    """

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="credentials")
    secret_id = models.CharField(max_length=64, unique=True)
    sealed_secret_key = models.TextField()
    token_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="credentials_by_end")]

    def __str__(self) -> str:
        return self.secret_id

    @property
    def secret_key(self) -> str:
        return secretbox.unseal(self.sealed_secret_key)


class StoredObject(models.Model):
    """A finished object of an upload session: the media, its cover, or a segment that its manifest names.

    Fields:
        name: path below the session's folder
        etag: as the client was told, without quotes
        checksums: in base64, by name (store/checksums.py); none of what came before 0.3
        file: its name in the scratch folder; another one for each write, so that replacing an object changes one row
    """

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="objects_stored")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    etag = models.CharField(max_length=48)
    checksums = models.JSONField(default=dict, db_default={})
    file = models.CharField(max_length=64)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "name"], name="one_object_each_name")]

    def __str__(self) -> str:
        return self.name


class MultipartUpload(models.Model):
    """An object that comes in parts. `etag` and `checksums` are set once it is complete: a repeat is answered alike."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="multiparts")
    name = models.CharField(max_length=255)
    etag = models.CharField(max_length=48, blank=True)
    checksums = models.JSONField(default=dict, db_default={})
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.id.hex}"


class ObjectPart(models.Model):
    """One part. The last write of a number wins; its file is another one each time, as with StoredObject."""

    multipart = models.ForeignKey(MultipartUpload, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    etag = models.CharField(max_length=48)
    checksums = models.JSONField(default=dict, db_default={})
    file = models.CharField(max_length=64)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["multipart", "number"], name="one_part_each_number")]

    def __str__(self) -> str:
        return f"{self.number} of {self.multipart_id.hex}"
