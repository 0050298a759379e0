"""Reads; what a user has no part in is not there for him."""

from applications.models import Application, User
from applications.models.application import ApplicationQuerySet


def applications_for(user: User) -> ApplicationQuerySet:
    """Switched off or not; the primary one first."""
    return Application.objects.visible_to(user)
