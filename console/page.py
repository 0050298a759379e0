"""The guard that every console view wears: signed in, a role in the current application, the right method."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Any, Concatenate, ParamSpec, TypeGuard

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from applications.caller import Caller
from applications.models import User
from applications.roles import Role


class PageRequest(HttpRequest):
    """A request as CurrentApplicationMiddleware passes it on: `caller` is None for one who may see no application."""

    caller: Caller | None


class ConsoleRequest(PageRequest):
    """A request of a person who is signed in and has a role in the application that the page is about."""

    user: User
    caller: Caller
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[ConsoleRequest, P], HttpResponse]


class Page:
    """A view behind its guard; what it asks for can be read off it."""

    def __init__(self, view: Callable[..., HttpResponse], *, role: Role, methods: tuple[str, ...]) -> None:
        update_wrapper(self, view)
        self._view = view
        self.role = role
        self.methods = methods

    def __call__(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._view(request, **kwargs)


def page(*methods: str, role: Role = Role.VIEWER) -> Callable[[View[P]], Page]:
    """Without methods: a page to read. Raises Forbidden for a lesser role; a visitor is sent to sign in."""
    asked = methods or ("GET",)

    def guard(view: View[P]) -> Page:
        @never_cache
        @_reload_when_signed_out
        @login_required
        @require_http_methods(["HEAD", *asked])
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not _has_caller(request):
                return render(request, "console/no_application.html", status=403)
            request.caller.require(role)
            return view(request, *args, **kwargs)

        return Page(guarded, role=role, methods=asked)

    return guard


def _has_caller(request: HttpRequest) -> TypeGuard[ConsoleRequest]:
    return getattr(request, "caller", None) is not None


def _reload_when_signed_out(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A region that refreshes itself would otherwise be replaced by the login form: the whole page must go there."""

    @wraps(view)
    def reloading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "htmx", False) and not request.user.is_authenticated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return view(request, *args, **kwargs)

    return reloading
