"""Which web pages' scripts may call the REST API for an application."""

import re
from collections.abc import Iterable

from applications.errors import InvalidValue, LimitReached
from applications.models import AllowedOrigin, Application
from applications.transactions import atomic

MAX_ORIGINS = 20
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?", re.ASCII)


@atomic
def set_allowed_origins(*, application: Application, origins: Iterable[str]) -> list[str]:
    """These and no others from now on, as they are kept then. Raises InvalidValue or LimitReached."""
    wanted = sorted({_origin(text) for text in origins})
    if len(wanted) > MAX_ORIGINS:
        raise LimitReached(f"At most {MAX_ORIGINS} web pages may be named.", field="origins")
    application.allowed_origins.exclude(origin__in=wanted).delete()
    rows = [AllowedOrigin(application=application, origin=origin) for origin in wanted]
    AllowedOrigin.objects.bulk_create(rows, ignore_conflicts=True)
    return wanted


def _origin(text: str) -> str:
    """As a browser writes it: scheme, host and port alone, in lower case."""
    origin = text.strip().lower()
    if len(origin) > 255 or not _ORIGIN.fullmatch(origin):
        raise InvalidValue(f"“{text.strip()[:80]}” is no origin: https://shop.example, and no path.", field="origins")
    port = {"http": ":80", "https": ":443"}[origin.partition(":")[0]]
    return origin.removesuffix(port)
