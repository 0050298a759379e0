from django.db import models
from django.utils import timezone

from applications import secretbox
from applications.models.application import Application
from applications.models.user import User


class ApiKey(models.Model):
    """A SecretId with its SecretKey, kept so that a signature can be computed again but not read from the database alone."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    application = models.ForeignKey(Application, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=64, blank=True)
    secret_id = models.CharField(max_length=64, unique=True)
    sealed_secret_key = models.TextField()
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.secret_id

    @property
    def secret_key(self) -> str:
        return secretbox.unseal(self.sealed_secret_key)
