"""An API request as it came off the wire, before anything in it is believed, and the tree of its parameters.

Parameters come as JSON, as a query or form, or as multipart (docs/protocol 1.1, 1.4).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.request import validate_host

from applications.unknown_names import once, unknown
from cloudapi.v3.errors import ApiError, InvalidParameter
from media_jobs.uploads.incoming import body_of, declared_length

MAX_QUERY = 32 * 1024  # docs/protocol 1.7, "Size limits"
MAX_FORM = 1024**2
MAX_BODY = 10 * 1024**2
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MAX_DEPTH = 10
MAX_FIELDS = 20_000

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it was sent.

    Names in `headers` are in lower case, the values as sent. `hosts` are what the client may have signed as its host.
    `address` is the client's.
    """

    method: str
    query: str
    content_type: str
    headers: dict[str, str]
    hosts: tuple[str, ...]
    address: str
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
            address=request.META.get("REMOTE_ADDR", ""),
            body=_body(request) if request.method == "POST" else b"",
        )


def from_json(body: bytes) -> Tree:
    """Raises ApiError InvalidRequest for what isn't a JSON object in UTF-8."""
    try:
        text = body.decode("utf-8")
        tree = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=each_once) if body else {}
    except (ValueError, RecursionError):
        raise _unreadable("The body is not JSON in UTF-8.") from None
    if not isinstance(tree, dict):
        raise _unreadable("The body is not a JSON object.")
    return tree


def each_once(found: list[tuple[str, Any]]) -> Tree:
    """An object of JSON. Raises ApiError InvalidParameter for a name that comes twice."""
    try:
        return once(found)
    except ValueError as error:
        raise InvalidParameter(str(error)) from None


def from_form(text: str) -> Tree:
    """`A.B.0.C=value&…` with + and %XX decoded."""
    return unflattened(pairs(text))


def pairs(text: str) -> list[tuple[str, str]]:
    """Names and values as sent, decoded. Raises ApiError for broken UTF-8 or a name that comes twice."""
    try:
        found = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise _unreadable("The parameters are not URL-encoded UTF-8, or there are too many.") from None
    if len({name for name, _ in found}) != len(found):
        raise InvalidParameter("A parameter is given twice.")
    return found


def from_multipart(body: bytes, *, content_type: str) -> Tree:
    """One part a parameter, nested ones as JSON text. Raises ApiError for files: no action takes any."""
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    try:
        form, _ = MultiPartParser(meta, BytesIO(body), upload_handlers=[_NoFiles()]).parse()
    except (MultiPartParserError, SuspiciousOperation):
        raise _unreadable("The body is not multipart/form-data.") from None
    return unflattened((name, value) for name, values in form.lists() for value in values)


class _NoFiles(FileUploadHandler):
    """A parameter that comes as a file is none that would be read: refused as an unknown one is, or passed over."""

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        if unknown([field_name], known=()):
            raise ApiError("UnknownParameter", f"{field_name[:60]} is sent as a file; no parameter here is one.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


def unflattened(found: Iterable[tuple[str, str]]) -> Tree:
    tree: Tree = {}
    for name, value in found:
        *branches, leaf = name.split(".")
        if len(branches) > MAX_DEPTH:
            raise InvalidParameter(f"{name[:100]} is nested too deeply.")
        node = tree
        for branch in branches:
            node = node.setdefault(branch, {})
            if not isinstance(node, dict):
                raise InvalidParameter(f"{name} is a value and an object at once.")
        if leaf in node:
            raise InvalidParameter(f"{name} is given twice.")
        node[leaf] = value
    return tree


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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unreadable(message: str) -> ApiError:
    return ApiError("InvalidRequest", message)
