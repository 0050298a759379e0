"""The guard that every console view wears: signed in, a role in the current application, the right method."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications.roles import Role
from console.requests import ConsoleRequest

P = ParamSpec("P")
View = Callable[Concatenate[ConsoleRequest, P], HttpResponse]


def page(*methods: str, role: Role = Role.VIEWER) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Without methods: a page to read. Raises Forbidden for a lesser role; a visitor is sent to sign in."""

    def guard(view: View[P]) -> Callable[..., HttpResponse]:
        @never_cache
        @_reload_when_signed_out
        @login_required
        @require_http_methods(["HEAD", *(methods or ("GET",))])
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            caller = getattr(request, "caller", None)
            if caller is None:
                return render(request, "console/no_application.html", status=403)
            caller.require(role)
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        guarded.role = role  # type: ignore[attr-defined]
        guarded.methods = methods or ("GET",)  # type: ignore[attr-defined]
        return guarded

    return guard


def _reload_when_signed_out(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A region that refreshes itself would otherwise be replaced by the login form: the whole page must go there."""

    @wraps(view)
    def reloading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "htmx", False) and not request.user.is_authenticated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return view(request, *args, **kwargs)

    return reloading
