"""What somebody sent after their session had ended: held in the sign-in page itself, and offered again behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.forms import AuthenticationForm
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

MOST = 200_000  # characters, signed; what is longer has to be typed again
_LIFE = timedelta(hours=12)
_SALT = "console.held"


@dataclass(frozen=True, slots=True)
class Held:
    """A form as it was sent: its address, and its fields in their order."""

    address: str
    fields: list[tuple[str, str]]


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The sign-in page in answer to a form. The form's token was checked by then, so it is one of ours."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    held = signing.dumps([request.get_full_path(), fields], salt=_SALT, compress=True)
    context = {
        "form": AuthenticationForm(request),
        "next": _page_of(request),
        "held": held if len(held) <= MOST else "",
        "session_ended": True,
    }
    response = render(request, "console/account/login.html", context, status=401)
    response["WWW-Authenticate"] = f'Cookie realm="Zoetrope", form-action="{reverse("console:login")}"'
    return response


def held_in(text: str) -> Held | None:
    """What `sign_in_first` held; None for nothing, for what isn't ours, and after half a day."""
    try:
        address, fields = signing.loads(text, salt=_SALT, max_age=_LIFE)
    except signing.BadSignature:
        return None
    return Held(address, [(name, value) for name, value in fields])


def _page_of(request: HttpRequest) -> str:
    """Where the form stands."""
    page = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if page and ours else reverse("console:overview")
