"""What every console page shows around its content."""

from typing import Any

from django.http import HttpRequest

from applications.models import Application


def console(request: HttpRequest) -> dict[str, Any]:
    caller = getattr(request, "caller", None)
    if caller is None:
        return {"caller": None, "applications": []}
    applications = Application.objects.visible_to(caller.user).filter(status=Application.Status.ON)
    return {"caller": caller, "applications": applications}
