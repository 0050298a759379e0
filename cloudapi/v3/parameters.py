"""From the bytes of a request to a tree of parameters: JSON, query or form, multipart (docs/protocol 1.1, 1.4)."""

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from cloudapi.v3.errors import ApiError, InvalidParameter

MAX_DEPTH = 10
MAX_FIELDS = 20_000

Tree = dict[str, Any]


def from_json(body: bytes) -> Tree:
    """Raises ApiError InvalidRequest for what isn't a JSON object in UTF-8."""
    try:
        tree = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant) if body else {}
    except (ValueError, RecursionError):
        raise _unreadable("The body is not JSON in UTF-8.") from None
    if not isinstance(tree, dict):
        raise _unreadable("The body is not a JSON object.")
    return tree


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
    """One part a parameter, nested ones as JSON text. Binary parts are passed over: no action here takes any."""
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    try:
        form, _ = MultiPartParser(meta, BytesIO(body), upload_handlers=[]).parse()
    except (MultiPartParserError, SuspiciousOperation):
        raise _unreadable("The body is not multipart/form-data.") from None
    return unflattened((name, value) for name, values in form.lists() for value in values)


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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unreadable(message: str) -> ApiError:
    return ApiError("InvalidRequest", message)
