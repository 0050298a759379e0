from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from applications import policy as policies
from applications import secretbox
from applications.models.application import Application
from applications.models.user import User


class ApiKey(models.Model):
    """A SecretId with its SecretKey, kept so that signatures can be computed; the database alone doesn't give it away.

    `access` limits what the key may do beside what its user's role allows. `policy` holds the rules of a custom access
    (applications/policy.py).
    """

    class Access(models.TextChoices):
        FULL = "full", "Full access"
        READ_ONLY = "read-only", "Read only"
        CUSTOM = "custom", "Custom"

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    application = models.ForeignKey(Application, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=64, blank=True)
    secret_id = models.CharField(max_length=64, unique=True)
    sealed_secret_key = models.TextField()
    access = models.CharField(max_length=16, choices=Access, default=Access.FULL)
    policy: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list, blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.secret_id

    @property
    def secret_key(self) -> str:
        return secretbox.unseal(self.sealed_secret_key)

    def permits(self, action: str, *, app_id: int, reads: bool) -> bool:
        """Whether this key may be used for an API action in an application; the user's role is another question."""
        if self.access == self.Access.CUSTOM:
            return policies.allows(policies.rules_from(self.policy), action, app_id=app_id)
        return reads or self.access == self.Access.FULL
