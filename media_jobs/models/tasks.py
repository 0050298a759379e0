from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application
from media_jobs.models.batches import Batch
from media_jobs.models.media import Media
from media_jobs.states import JobState, TaskStatus


class ProcedureTask(models.Model):
    """One run over one media: the unit that callers ask about. `task_id` has the shape of docs/protocol 2.8.

    `batch` is the one that it was started by and is counted in; a task that was tried again has left its place to the
    new one.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="tasks")
    media = models.ForeignKey(Media, models.CASCADE, related_name="tasks")
    task_id = models.CharField(max_length=80)
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="tasks", db_index=False)
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
            models.Index(fields=["application", "media", "-created_at"], name="tasks_of_media"),
            models.Index(fields=["application", "session_id"], name="tasks_by_session"),
            models.Index(fields=["application", "procedure", "-created_at"], name="tasks_of_flow"),
            models.Index(fields=["finished_at"], condition=models.Q(finished_at__isnull=False), name="tasks_to_prune"),
            models.Index(fields=["application", "status", "-created_at"], name="tasks_in_status"),
            models.Index(fields=["batch", "status"], condition=models.Q(batch__isnull=False), name="tasks_of_batch"),
        ]

    def __str__(self) -> str:
        return self.task_id


class Job(models.Model):
    """The row that is the queue: an animated image, cover or snapshots to make, a media to analyse.

    One of kind UNMADE is of a task that only the cloud does, and fails.

    Only jobs/leases.py moves `state`. Fields:
        plan: the frozen part of a Plan (procedures/plan.py), which knows its kind; {} for an analysis
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
        SNAPSHOT = "snapshot"
        UNMADE = "unmade"

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
            models.Index(
                fields=["state", "task"],
                condition=models.Q(state=JobState.FAIL, task__isnull=False),
                name="jobs_failed",
            ),
            models.Index(
                fields=["application"],
                condition=models.Q(state=JobState.WAITING, task__isnull=False),
                name="jobs_waiting",
            ),
            models.Index(fields=["state", "lease_until"], name="jobs_to_sweep"),
            models.Index(
                fields=["finished_at"],
                condition=models.Q(task=None, finished_at__isnull=False),
                name="analyses_to_prune",
            ),
            models.Index(
                fields=["application", "finished_at", "state", "err_code", "task"],
                condition=models.Q(task__isnull=False, finished_at__isnull=False),
                name="jobs_ended",
            ),
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
        chosen: None, or which seconds the engine chose and why, as animator/core/highlights.py has it
        fitted: None, or how the picture was kept within its largest size, as animator/core/fitted.py has it
        seam: None, or how the loop was closed, as animator/core/seam.py has it
        recipe_key: what names the bytes (media_jobs/jobs/recipes.py); "" when it wasn't known as they were made
        made_before: the bytes were there already, and nothing was encoded
        alt: what it says to those who don't see it; "": what its media does
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
    chosen: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    fitted: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    seam: models.JSONField[dict[str, float] | None, dict[str, float] | None] = models.JSONField(null=True, blank=True)
    recipe_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    made_before = models.BooleanField(default=False, db_default=False)
    alt = models.CharField(max_length=300, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())  # made on any host, whatever its clock

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["application", "-created_at", "media"], name="images_listed"),
            models.Index(fields=["application", "container", "-created_at", "media"], name="images_by_format"),
            models.Index(fields=["application", "media", "-created_at"], name="images_of_media"),
            models.Index(fields=["application", "definition", "-created_at", "media"], name="images_by_template"),
            models.Index(fields=["application", "recipe_key"], name="images_by_recipe"),
            models.Index(fields=["application", "size"], name="images_bytes"),
        ]

    def __str__(self) -> str:
        return self.storage_key


class Sibling(models.Model):
    """A file that was made beside an animated image, of the same pictures: see animator/core/siblings.py."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="siblings")
    media = models.ForeignKey(Media, models.CASCADE, related_name="siblings")
    image = models.ForeignKey(AnimatedImage, models.CASCADE, related_name="siblings")
    kind = models.CharField(max_length=16)
    storage_key = models.CharField(max_length=255, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()
    duration = models.FloatField()
    size = models.PositiveBigIntegerField()
    md5 = models.CharField(max_length=32)
    score: models.JSONField[dict[str, float] | None, dict[str, float] | None] = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["image", "kind"], name="one_sibling_a_kind")]
        indexes = [models.Index(fields=["application", "size"], name="siblings_bytes")]

    def __str__(self) -> str:
        return self.storage_key
