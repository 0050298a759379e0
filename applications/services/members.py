"""Letting people into an application, changing what they may do there, and seeing them out."""

import secrets

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from applications.errors import Conflict, InvalidValue
from applications.models import Application, Membership, User
from applications.roles import Role
from applications.transactions import atomic, locked_row

_MAX_NAME = 150


class LastOwner(Conflict):
    """An application without an owner could never be managed again."""

    def __init__(self) -> None:
        super().__init__("This is the application's last owner. Make somebody else an owner first.", field="role")


@atomic
def let_in(*, application: Application, username: str, role: Role) -> tuple[Membership, str]:
    """The membership, and the first password of a person who was unknown so far ("" for a known one).

    Raises InvalidValue, or Conflict for somebody who is in already.
    """
    user = User.objects.filter(username=username).first()
    password = "" if user else secrets.token_urlsafe(12)
    if user is None:
        _check(username)
        user = User.objects.create_user(username, password=password)
    membership, is_new = Membership.objects.get_or_create(application=application, user=user, defaults={"role": role})
    if not is_new:
        raise Conflict(f"{user} is a member already. Change the role in the list.", field="username")
    return membership, password


@atomic
def change_role(*, membership: Membership, role: Role) -> Membership:
    """Raises LastOwner, or NotFound for somebody who was shown out meanwhile."""
    if role != Role.OWNER:
        _keep_an_owner(membership)
    now = locked_row(Membership.objects.all(), membership.pk, gone="This person is no member any more.")
    now.role = role
    now.save(update_fields=["role"])
    return now


@atomic
def remove_member(*, membership: Membership) -> None:
    """The person's keys and tokens for this application go too. Raises LastOwner."""
    _keep_an_owner(membership)
    application, user = membership.application, membership.user
    application.api_keys.filter(user=user).delete()
    application.access_tokens.filter(user=user).delete()
    membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    application = locked_row(Application.objects.all(), membership.application_id, gone="This application is gone.")
    owners = application.memberships.filter(role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise LastOwner


def _check(username: str) -> None:
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        raise InvalidValue("A name has letters, digits and @ . + - _ only.", field="username") from None
    if len(username) > _MAX_NAME:
        raise InvalidValue(f"A name has at most {_MAX_NAME} characters.", field="username")
