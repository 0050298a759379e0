"""Scripts of other web pages (CORS): an application names those origins that may call the REST API for it.

django-cors-headers asks here, before the view for a browser's first question, which carries no credential, and after it
for the answer, which shows whose request it was. No cookie is ever taken from another origin.
"""

from typing import Any

from django.http import HttpRequest

from applications.caller import Caller
from applications.models import AllowedOrigin


def may_ask(sender: object, request: HttpRequest, **_: Any) -> bool:
    """A receiver of `check_request_enabled`."""
    origin = request.headers.get("Origin", "")
    if not origin or "\0" in origin or not request.path.startswith("/api/v1/"):
        return False
    allowed = AllowedOrigin.objects.filter(origin=origin[:256])
    caller: Caller | None = vars(request).get("audited_caller")
    return (allowed.filter(application=caller.application) if caller else allowed).exists()
