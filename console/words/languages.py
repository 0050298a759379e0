"""In which language a page answers: the person's own, else the one chosen in the bar, else the browser's, else English.

Pages are for people; the doors for programs answer in English whatever is asked for, so that what a program looks for
in a text is there for every caller.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

NAMES: dict[str, str] = dict(settings.LANGUAGES)
DOORS = ("/api/", "/media/", "/upload", "/livez", "/readyz")


class Languages:
    """Speaks the reader's language while a page is made. After the sign-in is known, before any page is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(DOORS):
            return self.get_response(request)
        with translation.override(language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def language_of(request: HttpRequest) -> str:
    """One of NAMES. An own choice that is no longer offered counts as none."""
    own = request.user.language if request.user.is_authenticated else ""
    return own if own in NAMES else language_of_browser(request)


def language_of_browser(request: HttpRequest) -> str:
    """What can be told without the database: pages about its being away are to be read, too. English for programs."""
    if request.path_info.startswith(DOORS):
        return settings.LANGUAGE_CODE
    return translation.get_language_from_request(request)
