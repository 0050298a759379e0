"""Making applications and letting people in."""

import secrets

from applications.errors import Conflict, InvalidValue, LimitReached
from applications.models import Application, Membership, User
from applications.roles import Role
from applications.transactions import atomic, locked_row

MAX_NAME, MAX_DESCRIPTION, MAX_APPLICATIONS = 40, 300, 50  # docs/console.md 10


class TooManyApplications(LimitReached):
    pass


class Terminated(Conflict):
    """It is to go, so nothing of it changes any more."""

    def __init__(self) -> None:
        super().__init__("This application is terminated. Take that back first, as long as it isn't being cleared.")


@atomic
def create_application(
    *, name: str, owner: User, description: str = "", app_id: int = 0, is_primary: bool = False
) -> Application:
    """A new application with `owner` in it. app_id 0: a free ten-digit number is drawn, as the cloud's are.

    Raises InvalidValue or TooManyApplications.
    """
    _check(name=name, description=description)
    if Application.objects.filter(memberships__user=owner).count() > MAX_APPLICATIONS:
        raise TooManyApplications(f"There are at most {MAX_APPLICATIONS} applications beside the primary one.")
    application = Application.objects.create(
        name=name, description=description, app_id=app_id or _free_app_id(), is_primary=is_primary
    )
    set_role(application=application, user=owner, role=Role.OWNER)
    return application


@atomic
def modify_application(
    *, application: Application, name: str | None = None, description: str | None = None
) -> Application:
    """Only what is given changes. Raises InvalidValue, or Conflict for the primary one, whose name is fixed."""
    if application.is_primary:
        raise Conflict("The primary application's name and description are fixed.")
    now = locked(application)
    if now.is_terminated:
        raise Terminated
    now.name = now.name if name is None else name
    now.description = now.description if description is None else description
    _check(name=now.name, description=now.description)
    now.save(update_fields=["name", "description", "updated_at"])
    return now


@atomic
def set_application_status(*, application: Application, status: str) -> Application:
    """Off: kept as it is, but nobody gets in until it is On again.

    Raises InvalidValue, Conflict, or Terminated.
    """
    if status not in (Application.Status.ON, Application.Status.OFF):
        raise InvalidValue("The status is On or Off.", field="status")
    others_on = Application.objects.filter(is_primary=False, status=Application.Status.ON)
    if application.is_primary and status == Application.Status.OFF and others_on.exists():
        raise Conflict("Switch all other applications off before the primary one.")
    now = locked(application)
    if now.is_terminated:
        raise Terminated
    now.status = status
    now.save(update_fields=["status", "updated_at"])
    return now


def locked(application: Application) -> Application:
    """As it is now, ours to change until the transaction ends. Raises NotFound."""
    return locked_row(Application.objects.all(), application.pk, gone="This application is gone.")


def set_role(*, application: Application, user: User, role: Role) -> Membership:
    membership, _ = Membership.objects.update_or_create(application=application, user=user, defaults={"role": role})
    return membership


def _check(*, name: str, description: str) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME or len(name) > MAX_NAME:
        raise InvalidValue(f"An application's name has 1 to {MAX_NAME} characters.", field="name")
    if len(description) > MAX_DESCRIPTION:
        raise InvalidValue(f"A description has at most {MAX_DESCRIPTION} characters.", field="description")


def _free_app_id() -> int:
    while True:
        app_id = 1_300_000_000 + secrets.randbelow(600_000_000)
        if not Application.objects.filter(app_id=app_id).exists():
            return app_id
