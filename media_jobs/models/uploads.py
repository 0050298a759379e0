from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from applications.models import Application, User
from media_jobs.models.media import Media, MediaClass
from media_jobs.states import UploadState

PARTIAL = "partial"
RESUMABLE = ("tus", "visitor")  # doors at which a client that heard no answer asks how far it came


class Upload(models.Model):
    """One file on its way in, whichever door it comes by. Its id is the session that a client resumes or commits.

    Fields:
        length: total bytes; null while the client hasn't said
        offset: bytes that are safely on disk
        sha256: of these bytes, in lower-case hex, if they came in one go; else ""
        file_id, storage_key: drawn at the beginning, so that a repeated commit ends at the same media
        concat: tus' Upload-Concat as the client sent it: "partial" for a piece that waits to become part of a file and
            never is one itself, "final;" and the pieces for that file, "" for what came in one
        bucket_upload: what the bucket calls it while the client puts parts there itself (uploads/direct.py), else ""
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
    sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    procedure = models.CharField(max_length=20, blank=True)
    media_class = models.ForeignKey(MediaClass, models.SET_NULL, null=True, blank=True)
    source_context = models.CharField(max_length=250, blank=True)
    session_context = models.CharField(max_length=1000, blank=True)
    tasks_priority = models.SmallIntegerField(default=0)
    notify_mode = models.CharField(max_length=8, blank=True)
    concat = models.TextField(blank=True, default="", db_default="")
    bucket_upload = models.CharField(max_length=1024, blank=True, default="", db_default="")
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
        indexes = [
            models.Index(fields=["application", "state", "-created_at"], name="uploads_newest"),
            models.Index(
                fields=["application", "-created_at", "id"], condition=~models.Q(concat=PARTIAL), name="uploads_whole"
            ),
            models.Index(fields=["state", "updated_at"], name="uploads_by_age"),
            models.Index(fields=["state"], name="uploads_in_the_bucket", condition=~models.Q(bucket_upload="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.offset}/{self.length}"

    @property
    def is_complete(self) -> bool:
        return self.length is not None and self.offset == self.length

    @property
    def is_partial(self) -> bool:
        return self.concat == PARTIAL
