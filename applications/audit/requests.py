"""What pages and REST change, told to the audit log after it succeeded; new addresses are told of by themselves."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from applications.audit.entries import record
from applications.caller import Caller
from applications.models import User

_READING = ("GET", "HEAD", "OPTIONS", "TRACE")
# Work, which has rows of its own, and what changes nothing though it is posted.
_WORK = frozenset(
    {
        *("api:uploads", "api:upload", "api:media-list", "api:media-process", "api:pull-list", "api:event-pull"),
        *(
            "api:event-confirm",
            "api:estimates",
            "api:highlights",
            "console:template-preview",
            "console:flow-segment",
            "console:callback-check",
            "console:media-foretell",
        ),
        "console:upload-signature",
        *("console:studio-filmstrip", "console:studio-proxy", "console:studio-rough", "console:studio-preview"),
        *("console:studio-estimate", "console:studio-run", "console:studio-code", "console:studio-moments"),
    }
)
_MOST_READ = 64 * 1024


class Audited:
    """Last of the middleware, so that it knows who asked and about which application."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in _READING:
            return self.get_response(request)
        before = _person(request)
        response = self.get_response(request)
        match = request.resolver_match
        unchanged = getattr(request, "changes_nothing", False)
        if match is not None and response.status_code < 400 and match.view_name not in _WORK and not unchanged:
            self._tell(request, response, user=before or _person(request))
        return response

    def _tell(self, request: HttpRequest, response: HttpResponseBase, *, user: User | None) -> None:
        match = request.resolver_match
        door = {"api": "rest", "console": "console"}.get(match.app_name if match else "")
        caller: Caller | None = getattr(request, "audited_caller", None) or getattr(request, "caller", None)
        user = caller.user if caller else user
        if match is None or door is None or user is None or _refused_form(request, response, door=door):
            return
        name = match.view_name.partition(":")[2]
        record(
            user=user,
            door=door,
            action=f"{request.method} {name}" if door == "rest" else name,
            application=caller.application if caller else None,
            credential=getattr(request, "auth", None),
            address=request.META.get("REMOTE_ADDR", ""),
            subject=(match.kwargs, _given(request, door=door), _answered(response)),
        )


def _person(request: HttpRequest) -> User | None:
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def _refused_form(request: HttpRequest, response: HttpResponseBase, *, door: str) -> bool:
    """A page that is shown again has changed nothing, unless it shows a secret that was just made."""
    return door == "console" and response.status_code == 200 and not getattr(request, "shows_secret", False)


def _given(request: HttpRequest, *, door: str) -> Mapping[str, Any]:
    """A form's identifiers; a REST body was read by its view and is not kept."""
    return request.POST.dict() if door == "console" else {}


def _answered(response: HttpResponseBase) -> Mapping[str, Any]:
    data = getattr(response, "data", None)
    if isinstance(data, Mapping):
        return data
    content = getattr(response, "content", b"")
    if response.headers.get("Content-Type") != "application/json" or len(content) > _MOST_READ:
        return {}
    found = json.loads(content or b"{}")
    return found if isinstance(found, dict) else {}
