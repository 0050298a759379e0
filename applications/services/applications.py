"""Making applications and letting people in."""

import secrets

from django.db import transaction

from applications.models import Application, Membership, User
from applications.roles import Role


@transaction.atomic
def create_application(*, name: str, owner: User, app_id: int = 0, is_primary: bool = False) -> Application:
    """A new application with `owner` in it. app_id 0: a free ten-digit number is drawn, as the cloud's are."""
    app_id = app_id or _free_app_id()
    application = Application.objects.create(name=name, app_id=app_id, is_primary=is_primary)
    set_role(application=application, user=owner, role=Role.OWNER)
    return application


def set_role(*, application: Application, user: User, role: Role) -> Membership:
    membership, _ = Membership.objects.update_or_create(
        application=application, user=user, defaults={"role": role}
    )
    return membership


def _free_app_id() -> int:
    while True:
        app_id = 1_300_000_000 + secrets.randbelow(600_000_000)
        if not Application.objects.filter(app_id=app_id).exists():
            return app_id
