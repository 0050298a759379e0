from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from applications.models import Application, User
from media_jobs.models.media import Media, MediaClass
from media_jobs.states import UploadState


class Upload(models.Model):
    """One file on its way in, whichever door it comes by. Its id is the session that a client resumes or commits.

    Fields:
        length: total bytes; null while the client hasn't said
        offset: bytes that are safely on disk
        file_id, storage_key: drawn at the beginning, so that a repeated commit ends at the same media
        cover_type: extension of a cover that is announced to come along; "" for none
        poster_key: where that cover was stored
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    application = models.ForeignKey(Application, models.CASCADE, related_name="uploads")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    door = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=UploadState, default=UploadState.OPEN)
    file_id = models.CharField(max_length=20)
    storage_key = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=16)
    length = models.PositiveBigIntegerField(null=True, blank=True)
    offset = models.PositiveBigIntegerField(default=0)
    procedure = models.CharField(max_length=20, blank=True)
    media_class = models.ForeignKey(MediaClass, models.SET_NULL, null=True, blank=True)
    source_context = models.CharField(max_length=250, blank=True)
    session_context = models.CharField(max_length=1000, blank=True)
    tasks_priority = models.SmallIntegerField(default=0)
    notify_mode = models.CharField(max_length=8, blank=True)
    cover_type = models.CharField(max_length=8, blank=True)
    poster_key = models.CharField(max_length=255, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    media = models.OneToOneField(Media, models.CASCADE, null=True, blank=True, related_name="upload")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    media_expires_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["application", "state", "-created_at"], name="uploads_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.offset}/{self.length}"

    @property
    def is_complete(self) -> bool:
        return self.length is not None and self.offset == self.length
