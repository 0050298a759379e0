"""What every REST request passes: who asks, about which application, what they may do, how often, in which form.

A token or a key belongs to one application, and that is the one, whether the query parameter `application` (an app_id)
names it or not; it may name no other. With a console session it is the application that the parameter names, else the
first that the user may see.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import NotAuthenticated, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from applications.caller import Caller, caller
from applications.counting import count_up
from applications.errors import Forbidden, NotFound
from applications.models import AccessToken, ApiKey, Application, User
from applications.roles import Role
from applications.whole_numbers import whole


def caller_of(request: Request) -> Caller:
    """Looked up once a request. Raises NotAuthenticated, or NotFound for an application that isn't the user's."""
    kept = vars(request)
    if "rest_caller" not in kept:
        kept["rest_caller"] = vars(request._request)["audited_caller"] = _find(request)
    found: Caller = kept["rest_caller"]
    return found


class LengthRequired:
    """Refuses JSON sent to /api in chunks: Django shows it as an empty body, and a change would silently do nothing.

    Files may come in chunks; their views read the stream themselves (media_jobs/uploads/incoming.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chunked = "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")
        if chunked and request.content_type == "application/json" and request.path.startswith("/api/"):
            return _without_length()
        return self.get_response(request)


class RoleAllows(BasePermission):
    """Viewers read; operators write; a view with `read_role` or `write_role` asks for another role.

    An API key can do no more here than in the cloud's API. Its custom rules name that API's actions, which this one
    doesn't have, so such a key stays outside.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        reads = request.method in SAFE_METHODS
        needed = getattr(view, "read_role", Role.VIEWER) if reads else getattr(view, "write_role", Role.OPERATOR)
        caller_of(request).require(needed)
        _check_rate(caller_of(request).application)
        if isinstance(request.auth, ApiKey):
            _check_access(request.auth, reads=reads)
        return True


class PerCallerThrottle(SimpleRateThrottle):
    """docs/protocol 6: ZOETROPE_API_RATE; here for each user or key, and each address for strangers."""

    scope = "caller"
    num_requests: int  # both from THROTTLE_RATES, by the library
    duration: int

    def get_cache_key(self, request: Request, view: object) -> str:
        ident = request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def allow_request(self, request: Request, view: object) -> bool:
        """By whole seconds, as API 3.0 counts; the library's list of moments loses those of other processes."""
        if self.rate is None:
            return True
        window = int(time.time()) // self.duration
        key = f"{self.get_cache_key(request, view)}:{window}"
        return count_up(key, seconds=self.duration * 2) <= self.num_requests

    def wait(self) -> float:
        return self.duration - time.time() % self.duration


def _find(request: Request) -> Caller:
    user = request.user
    if not isinstance(user, User):
        raise NotAuthenticated
    found = caller(user=user, application=_application(request, user=user))
    if found is None:
        raise NotFound("There is no such application, or you have no part in it.", field="application")
    return found


def _application(request: Request, *, user: User) -> Application | None:
    named = "application" in request.query_params
    app_id = whole(request.query_params["application"]) if named else None
    if isinstance(request.auth, AccessToken | ApiKey):
        own = request.auth.application
        return own if not named or app_id == own.app_id else None
    visible = Application.objects.visible_to(user).filter(status=Application.Status.ON)
    if not named:
        return visible.first()
    return None if app_id is None else visible.filter(app_id=app_id).first()


def _check_rate(application: Application) -> None:
    """An application's own limit; without one each caller's holds alone (PerCallerThrottle). Raises Throttled."""
    most = application.max_requests_a_second
    if not most:
        return
    key = f"rest:{application.app_id}:{int(time.time())}"
    if count_up(key, seconds=5) > most:
        raise Throttled(1, f"More than {most} requests in a second for this application.")


def _check_access(key: ApiKey, *, reads: bool) -> None:
    if key.access == ApiKey.Access.CUSTOM:
        raise Forbidden("This API key has rules of its own, which hold for API 3.0 only. Use an access token here.")
    if key.access == ApiKey.Access.READ_ONLY and not reads:
        raise Forbidden("This API key may only read.")


def _without_length() -> HttpResponse:
    detail = "Send JSON with a Content-Length."
    body = {"type": "urn:zoetrope:LengthRequired", "title": "Length Required", "status": 411, "detail": detail}
    return JsonResponse(body, status=411, content_type="application/problem+json")
