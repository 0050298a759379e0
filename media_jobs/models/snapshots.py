from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from applications.models import Application
from media_jobs.models.media import Media
from media_jobs.models.tasks import Job
from templates_app.snapshot_kinds import CHOICES

STORED = "stills"  # a bundle's extension


class SnapshotSet(models.Model):
    """The finished snapshots of one job: pictures one after the other in one stored file, each served by itself.

    In one file, since a set has hundreds of small ones that come, are checked and go together. Fields:
        kind: of templates_app/snapshot_kinds.py
        container: of each picture
        width, height: of one still, in pixels
        duration: of the video, in seconds
        every: as it was asked for (StillsOrder); "" for given moments
        rows, columns: stills in a sheet; 0 when each is a picture of its own
        moments: of each still, in seconds
        spans: of each picture, where in the file it begins and how many bytes it has
        size, md5: of the whole file, in bytes and lower-case hex
        notes: what was corrected, in sentences
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="snapshot_sets")
    media = models.ForeignKey(Media, models.CASCADE, related_name="snapshot_sets")
    job = models.OneToOneField(Job, models.CASCADE, related_name="snapshots")
    kind = models.CharField(max_length=8, choices=CHOICES)
    definition = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=255, unique=True)
    container = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    duration = models.FloatField()
    every = models.CharField(max_length=16, blank=True)
    rows = models.PositiveSmallIntegerField(default=0)
    columns = models.PositiveSmallIntegerField(default=0)
    moments: models.JSONField[list[float], list[float]] = models.JSONField(default=list)
    spans: models.JSONField[list[list[int]], list[list[int]]] = models.JSONField(default=list)
    size = models.PositiveBigIntegerField()
    md5 = models.CharField(max_length=32)
    notes: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())  # made on any host, whatever its clock

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["application", "-created_at"], name="snapshots_newest"),
            models.Index(fields=["application", "media", "-created_at"], name="snapshots_of_media"),
            models.Index(fields=["application", "size"], name="snapshots_bytes"),
        ]

    def __str__(self) -> str:
        return self.storage_key

    @property
    def stem(self) -> str:
        """What the keys of all that is served of it begin with."""
        return self.storage_key.removesuffix(STORED)

    @property
    def picture_keys(self) -> list[str]:
        return [f"{self.stem}{number}.{self.container}" for number in range(len(self.spans))]

    @property
    def webvtt_key(self) -> str:
        """Of the file that says which part of which sheet shows which seconds; "" where there are no sheets."""
        return f"{self.stem}vtt" if self.rows else ""
