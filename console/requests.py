"""What a console view may count on."""

from typing import TypeGuard

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from applications.caller import Caller
from applications.models import User


class PageRequest(HttpRequest):
    """A request as CurrentApplicationMiddleware passes it on: `caller` is None for one who may see no application."""

    caller: Caller | None


class ConsoleRequest(PageRequest):
    """A request of a person who is signed in and has a role in the application that the page is about."""

    user: User
    caller: Caller
    htmx: HtmxDetails


def has_caller(request: HttpRequest) -> TypeGuard[ConsoleRequest]:
    return getattr(request, "caller", None) is not None
