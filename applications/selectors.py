"""Reads; what a user has no part in is not there for him."""

from applications.models import Application, Membership, User
from applications.models.application import ApplicationQuerySet


def applications_for(user: User) -> ApplicationQuerySet:
    """Switched off or not; the primary one first."""
    return Application.objects.visible_to(user)


def roles_of(user: User) -> dict[int, str]:
    """The user's role in each application that lets them in, by its primary key."""
    return dict(Membership.objects.filter(user=user).values_list("application", "role"))
