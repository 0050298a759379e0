from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application
from media_jobs.states import BatchState


class Batch(models.Model):
    """One plan over many media: a task for each, started a few at a time (batches/walk.py).

    Fields:
        selection: which media, as batches/selection.py has it
        plan: the frozen parts, as those of a job
        again: also of media of which the same was made before
        total: media that matched when it was asked for
        up_to, place: primary keys of media: the newest then, and where the walk has come to
        skipped: how many media were passed over, by batches/skips.py
        retry_place, retry_up_to: primary keys of tasks: where trying again has come to, and where it ends; 0 when it
            has nothing to do
        moved_at: when it last started something
        waits: why nothing more is started at the moment; "" when nothing is in the way
        figures: how its tasks stood when it had ended; null until then, as they are counted
        finished_at: null exactly while it is open
    """

    MOVING = ("state", "place", "skipped", "retry_place", "retry_up_to", "waits", "moved_at", "figures", "finished_at")
    """What changes after it was asked for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    application = models.ForeignKey(Application, models.CASCADE, related_name="batches")
    selection: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    procedure = models.CharField(max_length=20, blank=True)
    plan: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    again = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=0)
    notify_mode = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=16, choices=BatchState, default=BatchState.STARTING)
    total = models.PositiveIntegerField()
    up_to = models.PositiveBigIntegerField()
    place = models.PositiveBigIntegerField(default=0)
    skipped: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    retry_place = models.PositiveBigIntegerField(default=0)
    retry_up_to = models.PositiveBigIntegerField(default=0)
    waits = models.CharField(max_length=300, blank=True)
    figures: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["application", "-created_at", "-id"], name="batches_listed"),
            models.Index(fields=["application", "state", "-created_at", "-id"], name="batches_in_state"),
            # Of those that have not ended: SQLite takes no index that is only of some states for what asks by states.
            models.Index(
                fields=["finished_at", "application", "created_at"],
                condition=models.Q(finished_at=None),
                name="batches_going_on",
            ),
            models.Index(
                fields=["finished_at"], condition=models.Q(finished_at__isnull=False), name="batches_to_prune"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.id} {self.state}"
