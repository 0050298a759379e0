"""A browser that somebody has signed in with before: other people's wrong passwords don't lock it out.

It holds a signed cookie that names the person and hangs on the password: a new one ends it. Whoever tries more than ten
times in a minute on such a device is slowed like anybody else.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from applications.guessing import TooManyGuesses, counted
from applications.models import User

COOKIE = "zoetrope_device"
_SALT = "zoetrope.known-device"
_AGE = 400 * 24 * 3600  # seconds; browsers keep no cookie longer


class _NotThisTime(Exception):
    """Stands for a try on a known device, right or wrong: each counts."""


def remember_device(response: HttpResponse, user: User) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps([user.pk, user.get_session_auth_hash()], salt=_SALT),
        max_age=_AGE,
        httponly=True,
        secure=settings.HTTPS,
        samesite="Lax",
    )


def is_known_device(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Whether this browser is one of whoever it wants to sign in as (AXES_WHITELIST_CALLABLE)."""
    name = str((credentials or {}).get("username") or request.POST.get("username", ""))
    text = request.COOKIES.get(COOKIE, "")
    if not name or not text:
        return False
    user = _user_of(text)
    return user is not None and user.get_username() == name and _has_tries_left(request, text)


def _user_of(text: str) -> User | None:
    try:
        pk, auth_hash = signing.loads(text, salt=_SALT, max_age=_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user is not None and user.get_session_auth_hash() == auth_hash else None


def _has_tries_left(request: HttpRequest, text: str) -> bool:
    """Asked several times in one request, counted once."""
    kept = vars(request)
    if "device_has_tries" not in kept:
        try:
            with counted(account=f"device {text}", address="", wrong=_NotThisTime):
                raise _NotThisTime
        except _NotThisTime:
            kept["device_has_tries"] = True
        except TooManyGuesses:
            kept["device_has_tries"] = False
    return bool(kept["device_has_tries"])
