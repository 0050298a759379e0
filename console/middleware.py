"""Which application a console page is about: the one last chosen in this session, else the first that the user may see.

And the page that a refusal becomes.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from applications.caller import Caller, caller
from applications.errors import Refused
from applications.models import Application
from console.page import PageRequest

SESSION_KEY = "application"


class CurrentApplicationMiddleware:
    """Sets `request.caller`: None for a visitor, and for somebody without any application."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        request.caller = _caller(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Other doors answer refusals in their own way."""
        if not isinstance(exception, Refused) or not request.resolver_match:
            return None
        if request.resolver_match.app_name != "console":
            return None
        return render(request, "console/refused.html", {"refusal": exception}, status=exception.status)


def _caller(request: HttpRequest) -> Caller | None:
    if not request.user.is_authenticated:
        return None
    visible = Application.objects.visible_to(request.user).filter(status=Application.Status.ON)
    chosen = visible.filter(app_id=request.session.get(SESSION_KEY, 0)).first() or visible.first()
    return caller(user=request.user, application=chosen)
