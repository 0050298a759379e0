"""What every page stands on: which application it is about, the guard that it wears, what is shown around it.

The application is the one last chosen in this session, else the first that the user may see. The guard asks for a
sign-in, a role in that application, and the right method.
"""

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

from applications.caller import Caller, caller
from applications.errors import Refused
from applications.models import Application, User
from applications.roles import Role
from media_jobs.models import EventConfig

SESSION_KEY = "application"


class PageRequest(HttpRequest):
    """A request as CurrentApplicationMiddleware passes it on: `caller` is None for one who may see no application."""

    caller: Caller | None


class ConsoleRequest(PageRequest):
    """A request of a person who is signed in and has a role in the application that the page is about."""

    user: User
    caller: Caller
    htmx: HtmxDetails


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


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """A context processor: what every page shows around its content."""
    caller = getattr(request, "caller", None)
    if caller is None:
        return {"caller": None, "applications": [], "may_write": False, "may_manage": False}
    return {
        "caller": caller,
        "applications": Application.objects.visible_to(caller.user).filter(status=Application.Status.ON),
        "may_write": caller.may(Role.OPERATOR),
        "may_manage": caller.may(Role.OWNER),
        "deliveries_off": EventConfig.objects.filter(application=caller.application, disabled_at__isnull=False).first(),
    }


def _caller(request: HttpRequest) -> Caller | None:
    if not request.user.is_authenticated:
        return None
    visible = Application.objects.visible_to(request.user).filter(status=Application.Status.ON)
    chosen = visible.filter(app_id=request.session.get(SESSION_KEY, 0)).first() or visible.first()
    return caller(user=request.user, application=chosen)


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
