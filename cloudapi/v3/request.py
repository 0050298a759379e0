"""An API request as it came off the wire, before anything in it is believed."""

from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, UnreadablePostError
from django.http.request import validate_host

from cloudapi.v3.errors import ApiError
from media_jobs.uploads.incoming import body_of, declared_length

MAX_QUERY = 32 * 1024  # docs/protocol 1.7, "Size limits"
MAX_FORM = 1024**2
MAX_BODY = 10 * 1024**2
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class RawRequest:
    """headers: values as sent, names in lower case · hosts: what the client may have signed as its host."""

    method: str
    query: str
    content_type: str
    headers: dict[str, str]
    hosts: tuple[str, ...]
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, request: HttpRequest) -> "RawRequest":
        """Raises ApiError for what the protocol's transport doesn't allow."""
        _check_place(request)
        query = request.META.get("QUERY_STRING", "")
        if len(query) > MAX_QUERY:
            raise _too_large(MAX_QUERY)
        return cls(
            method=request.method or "",
            query=query,
            content_type=request.headers.get("Content-Type", ""),
            headers={name.lower(): value.strip() for name, value in request.headers.items()},
            hosts=_hosts(request),
            body=_body(request) if request.method == "POST" else b"",
        )


def _check_place(request: HttpRequest) -> None:
    if request.method not in ("GET", "POST"):
        raise ApiError("UnsupportedProtocol", "The API takes POST and GET.")
    if request.path_info != "/":
        raise ApiError("InvalidRequest", "The API lives at the path /; leave the path out of the SDK's endpoint.")


def _hosts(request: HttpRequest) -> tuple[str, ...]:
    """SDKs sign the host with or without its port (docs/protocol 1.3)."""
    try:
        host = request.get_host()
    except DisallowedHost:
        host = request.META.get("HTTP_HOST", "")
        if not _is_api_host(host):
            raise _bad_host(host) from None
    return tuple(dict.fromkeys((host, _without_port(host))))


def _is_api_host(host: str) -> bool:
    return validate_host(_without_port(host).lower(), settings.ZOETROPE_API_HOSTS)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _bad_host(host: str) -> ApiError:
    hint = (
        "Give the scheme as the SDK's protocol, not in its endpoint."
        if "//" in host
        else "Ask the operator to allow it."
    )
    return ApiError("InvalidRequest", f"This server doesn't answer to the host {host[:200]!r}. {hint}")


def _body(request: HttpRequest) -> bytes:
    limit = MAX_FORM if request.content_type == FORM else MAX_BODY
    if (declared_length(request) or 0) > limit:
        raise _too_large(limit)
    try:
        body = _read(request, limit + 1)
    except UnreadablePostError:
        raise ApiError("InvalidRequest", "The body broke off.") from None
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _read(request: HttpRequest, most: int) -> bytes:
    source = body_of(request)
    blocks, room = [], most
    while room and (block := source.read(room)):
        blocks.append(block)
        room -= len(block)
    return b"".join(blocks)


def _too_large(limit: int) -> ApiError:
    return ApiError("RequestSizeLimitExceeded", f"A request of this kind has at most {limit} bytes.")
