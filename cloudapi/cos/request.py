"""An object request, told apart from Django's: raw where signatures need it raw, decoded once where they don't."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.http import HttpRequest

from applications.unknown_names import once
from cloudapi.cos.addresses import Place
from cloudapi.cos.errors import ObjectRefused


@dataclass(frozen=True, slots=True)
class ObjectRequest:
    """An object request, taken apart.

    Names in `headers` are in lower case. `query` holds decoded pairs, where a missing value is "". `path` is decoded,
    and otherwise as requested.
    """

    method: str
    place: Place
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    django: HttpRequest

    @property
    def key(self) -> str:
        return self.place.path.removeprefix("/")

    def option(self, name: str) -> str | None:
        """A query parameter, whatever its case; None when it isn't there."""
        return next((value for key, value in self.query if key.lower() == name), None)


def object_request(request: HttpRequest, *, place: Place) -> ObjectRequest:
    """Raises ObjectRefused (InvalidURI)."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if forwarded := headers.pop("vod-forward-cos", ""):
        headers["host"] = forwarded  # the one that was signed
    try:
        query = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise ObjectRefused("InvalidURI", "The address has more than 100 parameters.") from None
    try:
        once([(name.lower(), value) for name, value in query])
    except ValueError as error:
        told = "".join(c for c in str(error) if c.isprintable())
        raise ObjectRefused("InvalidURI", f"In the address {told}") from None
    return ObjectRequest(
        method=request.method or "",
        place=place,
        path=request.path_info,
        query=tuple(query),
        headers=headers,
        django=request,
    )
