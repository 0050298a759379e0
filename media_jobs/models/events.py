from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now

from applications import secretbox
from applications.models import Application


class EventConfig(models.Model):
    """How one application hears of its events (docs/protocol 2.6), and how its receiver has been doing.

    Fields:
        failures: failed deliveries since the last success
        failing_since: the first failure since the last success
        paused_until: after too many failures in a row nothing is delivered before this moment
        disabled_at, disabled_because: deliveries have stopped for good
    """

    class Mode(models.TextChoices):
        PUSH = "PUSH", "Normal callback"
        PULL = "PULL", "Reliable callback"

    application = models.OneToOneField(Application, models.CASCADE, related_name="event_config")
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.PUSH)
    notification_url = models.CharField(max_length=2048, blank=True)
    upload_complete = models.BooleanField(default=False)
    delete_complete = models.BooleanField(default=False)
    persistence_complete = models.BooleanField(default=False)
    sealed_sign_key = models.TextField(blank=True)
    sealed_webhook_secret = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.application} {self.mode}"

    @property
    def sign_key(self) -> str:
        return secretbox.unseal(self.sealed_sign_key) if self.sealed_sign_key else ""

    @property
    def webhook_secret(self) -> str:
        """The secret of the Standard Webhooks headers, "whsec_…"."""
        return secretbox.unseal(self.sealed_webhook_secret)


class Event(models.Model):
    """Something that happened, told once: one row a (subject, transition). The row is the queue for both ways out.

    Fields:
        uid: stays the same however often it is delivered
        subject: a FileId or TaskId
        content: EventContent of docs/protocol 2.8 without EventHandle
        next_at: it is handed out no earlier; null when every retry has failed
        token: of the last hand-out, pulled or pushed
        settled_at: when the receiver had it
    """

    class Type(models.TextChoices):
        NEW_FILE_UPLOAD = "NewFileUpload"
        PROCEDURE_STATE_CHANGED = "ProcedureStateChanged"
        PULL_COMPLETE = "PullComplete"
        FILE_DELETED = "FileDeleted"

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    application = models.ForeignKey(Application, models.CASCADE, related_name="events")
    type = models.CharField(max_length=32, choices=Type)
    subject = models.CharField(max_length=80)
    transition = models.CharField(max_length=40)
    content: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now(), null=True)
    token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "subject", "type", "transition"], name="one_event_a_transition"
            )
        ]
        indexes = [
            models.Index(fields=["application", "-id"], name="events_newest"),
            models.Index(
                fields=["application", "next_at", "id"],
                condition=models.Q(settled_at=None),
                name="events_to_hand_out",
            ),
            models.Index(fields=["next_at"], condition=models.Q(settled_at=None), name="events_open"),
            models.Index(fields=["created_at"], name="events_by_age"),
            models.Index(
                fields=["application", "created_at"], condition=models.Q(settled_at=None), name="events_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject} {self.transition}"


class Delivery(models.Model):
    """One try to push an event: what was sent where, and what came back.

    Fields:
        application: its event's; null in rows that a release before 0.3 wrote while this one ran beside it
        seconds: from dialling to the last byte read
        status: of the answer; null when none came
        error: why it doesn't count as delivered; "" if it does
        response_body: the first characters of the answer, as text
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    application = models.ForeignKey(Application, models.CASCADE, null=True, related_name="deliveries", db_index=False)
    url = models.CharField(max_length=2048)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    request_headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    response_headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["application", "-id"], name="deliveries_newest")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.status or self.error}"
