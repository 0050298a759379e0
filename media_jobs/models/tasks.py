from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application
from media_jobs.models.media import Media
from media_jobs.states import JobState, TaskStatus


class ProcedureTask(models.Model):
    """One run over one media: the unit that callers ask about. `task_id` has the shape of docs/protocol 2.8."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="tasks")
    media = models.ForeignKey(Media, models.CASCADE, related_name="tasks")
    task_id = models.CharField(max_length=80)
    procedure = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=16, choices=TaskStatus, default=TaskStatus.WAITING)
    priority = models.SmallIntegerField(default=0)
    notify_mode = models.CharField(max_length=8, blank=True)
    session_id = models.CharField(max_length=50, blank=True)
    session_context = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["application", "task_id"], name="one_task_id_each")]
        indexes = [
            models.Index(fields=["application", "-created_at"], name="tasks_newest"),
            models.Index(fields=["application", "session_id"], name="tasks_by_session"),
        ]

    def __str__(self) -> str:
        return self.task_id


class Job(models.Model):
    """The row that is the queue: an animated image or cover to make, a media to analyse.

    Only jobs/leases.py moves `state`. Fields:
        plan: the frozen PlanStep or CoverStep (procedures/plan.py); {} for an analysis
        cover_key: where a made cover is
        lease_token: fresh at every claim, so that whoever held an older one can't change the row any more (the fence)
        attempts: claims so far, without those that were handed back
        crashes: how often the codec child died without a word
        not_before: it waits until then
        progress: 0–100
        err_code: an ErrCodeExt of docs/protocol 2.8; "" unless FAIL
    """

    class Kind(models.TextChoices):
        ANALYSE = "analyse"
        ANIMATE = "animate"
        COVER = "cover"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    application = models.ForeignKey(Application, models.CASCADE, related_name="jobs")
    media = models.ForeignKey(Media, models.CASCADE, related_name="jobs")
    task = models.ForeignKey(ProcedureTask, models.CASCADE, null=True, blank=True, related_name="jobs")
    kind = models.CharField(max_length=16, choices=Kind)
    position = models.PositiveIntegerField(default=0)
    definition = models.PositiveIntegerField(default=0)
    plan: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    cover_key = models.CharField(max_length=255, blank=True)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    abort_requested = models.BooleanField(default=False)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=128, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    postponed = models.BooleanField(default=False, db_default=False)
    err_code = models.CharField(max_length=64, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "position"]
        constraints = [models.UniqueConstraint(fields=["task", "position"], name="one_job_a_position")]
        indexes = [
            models.Index(
                fields=["kind", "application", "-priority", "created_at", "position"],
                condition=models.Q(state=JobState.WAITING, postponed=False),
                name="jobs_ready",
            ),
            models.Index(
                fields=["not_before"],
                condition=models.Q(state=JobState.WAITING, postponed=True),
                name="jobs_postponed",
            ),
            models.Index(fields=["application"], condition=models.Q(state=JobState.PROCESSING), name="jobs_running"),
            models.Index(fields=["state", "lease_until"], name="jobs_to_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.state}"


class AnimatedImage(models.Model):
    """A finished output: what MediaAnimatedGraphicsItem of docs/protocol 2.8 tells of it, and how it was made.

    Fields:
        duration: seconds
        bitrate: bits a second
        size: bytes
        md5: lower-case hex
        start, end: seconds as resolved
        notes: what was corrected or merged, in sentences
        recipe: what it takes to make the same bytes again
        score: None, or mean, worst and worst_at as animator/make/score.py has them
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="animated_images")
    media = models.ForeignKey(Media, models.CASCADE, related_name="animated_images")
    job = models.OneToOneField(Job, models.CASCADE, related_name="output")
    definition = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=255, unique=True)
    container = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()
    duration = models.FloatField()
    bitrate = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    md5 = models.CharField(max_length=32)
    start = models.FloatField()
    end = models.FloatField()
    notes: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    recipe: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    score: models.JSONField[dict[str, float] | None, dict[str, float] | None] = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["application", "-created_at"], name="images_newest")]

    def __str__(self) -> str:
        return self.storage_key
