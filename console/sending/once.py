"""A form whose answer shows a secret is sent once: to reload that answer is to send the form again."""

import secrets

from django.http import HttpRequest

_KEY = "sent"
_REMEMBERED = 20  # forms a session


def ticket() -> str:
    """What such a form carries."""
    return secrets.token_urlsafe(9)


def is_again(request: HttpRequest) -> bool:
    """Whether this very form has succeeded before in this session. One without a ticket never has."""
    return _given(request) in request.session.get(_KEY, [])


def succeeded(request: HttpRequest) -> None:
    """From now on this very form is sent again. One that was refused may be corrected and sent from where it stands."""
    if given := _given(request):
        request.session[_KEY] = [*request.session.get(_KEY, []), given][-_REMEMBERED:]


def _given(request: HttpRequest) -> str:
    return request.POST.get("once", "")[:64]
