from django.db import models
from knox.models import AbstractAuthToken

from applications.models.application import Application


class AccessToken(AbstractAuthToken):
    """A bearer token of the REST API: one user's rights in one application. Only its digest is stored."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name or f"token {self.token_key}…"
