"""Who is asking, for which application, with what right: what every door hands to the services' guard."""

from dataclasses import dataclass

from applications.errors import Forbidden
from applications.models import Application, Membership, User
from applications.often_asked import OftenAsked
from applications.roles import Role

_membership = OftenAsked(
    lambda user, application: Membership.objects.filter(user=user, application=application), "user", "application"
)
_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Caller:
    user: User
    application: Application
    role: Role

    def may(self, role: Role) -> bool:
        """Whether the caller's role includes `role`."""
        return _RANKS[self.role] >= _RANKS[role]

    def require(self, role: Role) -> None:
        """Raises Forbidden, naming the role that is needed."""
        if not self.may(role):
            needed, own = role.label.lower(), self.role.label.lower()
            raise Forbidden(f"This needs the role {needed}; yours here is {own}.")


def role_in(*, user: User, application: Application) -> Role | None:
    """None for a stranger. A disabled user has no role anywhere."""
    if not user.is_active:
        return None
    if user.is_superuser:
        return Role.OWNER
    membership = _membership.first(user=user.pk, application=application.pk)
    return Role(membership.role) if membership else None


def caller(*, user: User, application: Application | None) -> Caller | None:
    """None when the user has nothing to do with the application, or it is switched off."""
    if application is None or application.status != Application.Status.ON:
        return None
    role = role_in(user=user, application=application)
    return Caller(user=user, application=application, role=role) if role else None
