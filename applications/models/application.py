from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from applications.models.user import User


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> ApplicationQuerySet:
        return self if user.is_superuser else self.filter(memberships__user=user)


class Application(models.Model):
    """A tenant: its media, templates, task flows and keys are seen from nowhere else (invariant I10).

    `app_id` is the number that the protocols call SubAppId (the primary application's is also the AppId).
    `max_…` are its quotas: null as for all, 0 for none (applications/quotas.py).
    `status` DESTROYING: terminated, and still there until `terminates_at`; from `clearing_since` on it is being cleared
    and can't be taken back. DESTROYED: nothing of it is left but this row and the audit log.
    """

    FIRST_CUSTOM_DEFINITION = 30001

    class Status(models.TextChoices):
        ON = "On"
        OFF = "Off"
        DESTROYING = "Destroying"
        DESTROYED = "Destroyed"

    TERMINATED = (Status.DESTROYING, Status.DESTROYED)

    app_id = models.PositiveBigIntegerField(unique=True)
    name = models.CharField(max_length=40)
    description = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.ON)
    terminates_at = models.DateTimeField(null=True, blank=True)
    clearing_since = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField(default=False)
    next_definition = models.PositiveIntegerField(default=FIRST_CUSTOM_DEFINITION)
    max_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    max_pictures_a_day = models.PositiveIntegerField(null=True, blank=True)
    max_jobs_waiting = models.PositiveIntegerField(null=True, blank=True)
    max_requests_a_second = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-is_primary", "app_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_primary"], condition=models.Q(is_primary=True), name="one_primary_application"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.app_id})"

    @property
    def is_terminated(self) -> bool:
        """Whether it is to go, or gone: nothing new is made for it."""
        return self.status in self.TERMINATED
