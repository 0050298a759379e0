"""API keys as a door looks them up: with whose they are, and with that user's role, in one query."""

from django.db.models import OuterRef, Subquery

from applications.caller import role_in
from applications.models import ApiKey, Application, Membership
from applications.often_asked import OftenAsked
from applications.roles import Role

_ROLE_AT_HOME = "role_at_home"  # of the key's user in the key's own application; "" for a stranger
_membership = Membership.objects.filter(user=OuterRef("user"), application=OuterRef("application"))
_enabled = OftenAsked(
    lambda secret_id: (
        ApiKey.objects.select_related("user", "application")
        .filter(secret_id=secret_id, enabled=True)
        .annotate(**{_ROLE_AT_HOME: Subquery(_membership.values("role")[:1])})
    ),
    "secret_id",
)


def known_key(secret_id: str) -> ApiKey | None:
    """The enabled key of that id, with its user and application; the user may have been disabled."""
    return _enabled.first(secret_id=secret_id)


def role_of(key: ApiKey, *, application: Application) -> Role | None:
    """The role of the key's user, as `role_in` has it: without a query in the key's own application."""
    user = key.user
    if not hasattr(key, _ROLE_AT_HOME) or application.pk != key.application_id or user.is_superuser:
        return role_in(user=user, application=application)
    at_home = getattr(key, _ROLE_AT_HOME)
    return Role(at_home) if at_home and user.is_active else None
