"""Which application a console page is about: the one last chosen in this session, else the first that the user may see."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from applications.caller import Caller, caller
from applications.models import Application

SESSION_KEY = "application"


class ConsoleRequest(HttpRequest):
    """A request that went through the middleware; `caller` is None for a visitor or somebody without any application."""

    caller: Caller | None


class CurrentApplicationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: ConsoleRequest) -> HttpResponse:
        request.caller = _caller(request)
        return self.get_response(request)


def _caller(request: HttpRequest) -> Caller | None:
    if not request.user.is_authenticated:
        return None
    visible = Application.objects.visible_to(request.user).filter(status=Application.Status.ON)
    chosen = visible.filter(app_id=request.session.get(SESSION_KEY, 0)).first() or visible.first()
    return caller(user=request.user, application=chosen)
