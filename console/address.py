"""Which application a page is about: its address says so, `/app/<AppId>/vod/media`.

While a page is answered, every address of the console that is made begins with its application: views and templates say
`console:media` and mean "of this one". So a link can be passed on, and a form writes into the application it was opened
for, whatever other tabs show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.urls import URLResolver, reverse
from django.urls.resolvers import ResolverMatch, RoutePattern

# About a person, in whatever application.
NOBODYS = frozenset({"login", "logout", "password", "account", "language", "texts"})
_PLACE = re.compile(r"/?app/([0-9]{1,15})/(.*)", re.DOTALL)
_place: ContextVar[str] = ContextVar("place", default="")


class ConsoleAddresses(URLResolver):
    """The console's addresses, each with and without its application before it."""

    def __init__(self) -> None:
        super().__init__(RoutePattern("", is_endpoint=False), "console.urls", app_name="console", namespace="console")

    def resolve(self, path: str) -> ResolverMatch:
        place = _PLACE.fullmatch(path)
        return super().resolve(place[2] if place else path)

    def _reverse_with_prefix(self, lookup_view: Any, _prefix: str, *args: Any, **kwargs: Any) -> str:
        place = "" if lookup_view in NOBODYS else _place.get()
        return str(super()._reverse_with_prefix(lookup_view, _prefix + place, *args, **kwargs))  # type: ignore[misc]


@contextmanager
def addresses_of(app_id: int | None) -> Iterator[None]:
    """Within, the console's addresses are those of this application; None: of no certain one."""
    before = _place.set(f"app/{app_id}/" if app_id else "")
    try:
        yield
    finally:
        _place.reset(before)


def application_in(request: HttpRequest) -> int | None:
    """The AppId in the address of a request; None when it says none."""
    place = _PLACE.fullmatch(request.path_info)
    return int(place[1]) if place else None


def same_page_in(app_id: int, request: HttpRequest) -> str:
    """The page that was asked for, in this application."""
    place = _PLACE.fullmatch(request.path_info)
    rest = place[2] if place else request.path_info.lstrip("/")
    query = request.META.get("QUERY_STRING", "")
    return overview_of(app_id) + rest + (f"?{query}" if query else "")


def overview_of(app_id: int) -> str:
    with addresses_of(app_id):
        return reverse("console:overview")
