# What of django-rest-knox is used here; the library ships no types.
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import models

T = TypeVar("T", bound=models.Model)

class AuthTokenManager(models.Manager[T], Generic[T]):
    # The row, and the token itself, of which only the digest is kept.
    def create(  # type: ignore[override]
        self, user: Any, expiry: timedelta | None = ..., prefix: str | None = None, **kwargs: Any
    ) -> tuple[T, str]: ...

class AbstractAuthToken(models.Model):
    digest = models.CharField(max_length=128, primary_key=True)
    token_key = models.CharField(max_length=25, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="auth_token_set")
    created = models.DateTimeField(auto_now_add=True)
    expiry = models.DateTimeField(null=True, blank=True)
    class Meta:
        abstract = True
