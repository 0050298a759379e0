from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application
from media_jobs.models.uploads import Upload
from media_jobs.states import TaskStatus


class PullTask(models.Model):
    """A file to fetch from a URL (docs/protocol 2.4, PullUpload). Its bytes gather in `upload`, as any door's do.

    Fields:
        token, lease_until, worker: as a Job's; the worker is "" for one that a release before 0.3 has taken
        not_before: it waits until then
        etag: the strong validator that a resumption relies on
        err_code: 0, 40000 (the request), 60000 (the source) or 70000 (ours)
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="pulls")
    upload = models.OneToOneField(Upload, models.CASCADE, related_name="pull")
    task_id = models.CharField(max_length=80)
    url = models.CharField(max_length=2048)
    cover_url = models.CharField(max_length=2048, blank=True)
    status = models.CharField(max_length=16, choices=TaskStatus, default=TaskStatus.WAITING)
    session_id = models.CharField(max_length=50, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=128, blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    err_code = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["application", "task_id"], name="one_pull_task_id_each")]
        indexes = [
            models.Index(fields=["status", "not_before"], name="pulls_to_claim"),
            models.Index(fields=["application", "session_id"], name="pulls_by_session"),
            models.Index(fields=["application", "-created_at"], name="pulls_newest"),
            models.Index(fields=["finished_at"], condition=models.Q(finished_at__isnull=False), name="pulls_to_prune"),
        ]

    def __str__(self) -> str:
        return self.task_id

    @property
    def progress(self) -> int:
        """Percent of the bytes, 0 while the length is unknown."""
        if self.upload.is_complete:
            return 100
        return min(99, 100 * self.upload.offset // self.upload.length) if self.upload.length else 0
