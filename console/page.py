"""What every page stands on: which application it is about, the guard that it wears, what is shown around it.

The application is the one in the address (console/address.py). An address without one leads on to the application that
was last looked at in this session, else to the first that the user may see. The guard asks for a sign-in, a role in
that application, and the right method.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, TypeGuard

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from applications.caller import Caller, caller
from applications.errors import Conflict, NotFound, Refused
from applications.models import Application, User
from applications.roles import Role
from console.address import addresses_of, application_in, same_page_in
from console.elsewhere import elsewhere
from console.sending.held import sign_in_first
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
        with addresses_of(request.caller.application.app_id if request.caller else None):
            response = self.get_response(request)
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _is_of_pages(request):
                response.content = render_to_string("405.html", request=request).encode()
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Other doors answer refusals in their own way."""
        if not request.resolver_match or request.resolver_match.app_name != "console":
            return None
        if isinstance(exception, Http404):
            exception = NotFound(_("The address is wrong, or what was here is deleted."))
        if not isinstance(exception, Refused):
            return None
        context: dict[str, Any] = {"refusal": exception}
        if isinstance(exception, NotFound) and isinstance(request.user, User):
            context["elsewhere"] = elsewhere(request, user=request.user)
        return render(request, "console/refused.html", context, status=exception.status)


def _is_of_pages(request: HttpRequest) -> bool:
    """Other doors have words of their own for a method that they don't offer."""
    return request.resolver_match is not None and request.resolver_match.app_name in ("console", "admin")


P = ParamSpec("P")
View = Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]


class Page:
    """A view behind its guard; what it asks for can be read off it."""

    def __init__(self, view: Callable[..., HttpResponseBase], *, role: Role, methods: tuple[str, ...]) -> None:
        update_wrapper(self, view)
        self._view = view
        self.role = role
        self.methods = methods

    def __call__(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return self._view(request, **kwargs)


def page(*methods: str, role: Role = Role.VIEWER) -> Callable[[View[P]], Page]:
    """Without methods: a page to read. Raises Forbidden for a lesser role; a visitor is sent to sign in."""
    asked = methods or ("GET",)

    def guard(view: View[P]) -> Page:
        @never_cache
        @_reload_when_signed_out
        @_signed_in
        @require_http_methods(["HEAD", *asked])
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not _has_caller(request):
                return _without_application(request)
            request.caller.require(role)
            if application_in(request) is None:
                return _with_application(request)
            _remember(request)
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
    if (asked := application_in(request)) is not None:
        return caller(user=request.user, application=visible.filter(app_id=asked).first())
    chosen = visible.filter(app_id=request.session.get(SESSION_KEY, 0)).first() or visible.first()
    return caller(user=request.user, application=chosen)


def _without_application(request: HttpRequest) -> HttpResponse:
    """For one who may see none at all, or not the one in the address. Raises NotFound."""
    assert isinstance(request.user, User)
    if Application.objects.visible_to(request.user).filter(status=Application.Status.ON).exists():
        raise NotFound(_("There is no such application, it is switched off, or it isn't one of yours."))
    return render(request, "console/no_application.html", status=403)


def _with_application(request: ConsoleRequest) -> HttpResponse:
    """Where an address without an application leads. Raises Conflict for a form: who knows what it was opened for?"""
    if request.method not in ("GET", "HEAD"):
        raise Conflict(
            _(
                "The page was made before an upgrade and doesn't say which application it is about, so "
                "nothing was changed. Go back, reload it, and send it again."
            )
        )
    return redirect(same_page_in(request.caller.application.app_id, request))


def _remember(request: ConsoleRequest) -> None:
    """The application of the page last looked at is where addresses without one lead."""
    app_id = request.caller.application.app_id
    if request.method == "GET" and not request.htmx and request.session.get(SESSION_KEY) != app_id:
        request.session[SESSION_KEY] = app_id


def _has_caller(request: HttpRequest) -> TypeGuard[ConsoleRequest]:
    return getattr(request, "caller", None) is not None


def _signed_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A visitor signs in first; what they sent is held meanwhile, not lost."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            return redirect_to_login(request.get_full_path(), reverse("console:login"))
        return sign_in_first(request)

    return asking


def _reload_when_signed_out(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A region that refreshes itself would otherwise be replaced by the login form: the whole page must go there."""

    @wraps(view)
    def reloading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "htmx", False) and not request.user.is_authenticated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return view(request, *args, **kwargs)

    return reloading
