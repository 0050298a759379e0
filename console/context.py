"""What every console page shows around its content."""

from typing import Any

from django.http import HttpRequest

from applications.models import Application
from applications.roles import Role
from media_jobs.models import EventConfig


def console(request: HttpRequest) -> dict[str, Any]:
    caller = getattr(request, "caller", None)
    if caller is None:
        return {"caller": None, "applications": [], "may_write": False, "may_manage": False}
    return {
        "caller": caller,
        "applications": Application.objects.visible_to(caller.user).filter(status=Application.Status.ON),
        "may_write": caller.role.includes(Role.OPERATOR),
        "may_manage": caller.role.includes(Role.OWNER),
        "deliveries_off": EventConfig.objects.filter(application=caller.application, disabled_at__isnull=False).first(),
    }
