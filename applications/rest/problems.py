"""Errors of the REST API as RFC 9457 problem details: type, title, status, detail, and `errors` by field."""

import errno
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from applications.errors import NoSpace, NotFound, Refused
from applications.rest.strict_query import query_mistakes
from applications.transactions import AWAY, DATABASE_AWAY, RETRY_AFTER

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class DatabaseAway(exceptions.APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = AWAY
    wait = RETRY_AFTER - 1  # `_headers` adds the second that rounding takes away


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None (a crash, logged by Django) for what nobody foresaw."""
    error = _named(error)
    if isinstance(error, Refused):
        body, headers = problem_of(error), _headers(error)
    elif isinstance(error, exceptions.APIException):
        body, headers = _api_exception(error), _headers(error)
        if "WWW-Authenticate" in headers:
            headers["WWW-Authenticate"] = _challenges(context["request"]) or headers["WWW-Authenticate"]
    else:
        return None
    if body["status"] < 500:
        body = _with_all(body, context)
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _named(error: Exception) -> Exception:
    """What Python and Django raise on their own, as something that has a status and a sentence."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, DATABASE_AWAY):
        log.warning("the database is away: %s", error)
        return DatabaseAway()
    if isinstance(error, UnreadablePostError):
        return exceptions.ParseError("The connection broke off before the body was complete.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("The disk is full. What had arrived before is kept.")
    return error


def problem_of(error: Refused) -> dict[str, Any]:
    """The body of a refusal's answer: all that is wrong, by field."""
    body = _problem(error.status, error.title, str(error), type(error).__name__)
    errors: dict[str, list[str]] = {}
    for one in (error, *error.also):
        if one.field:
            errors.setdefault(one.field, []).append(str(one))
    return {**body, "errors": errors} if errors else body


def _with_all(body: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """What is wrong with the query, whatever was refused first; and that the thing asked for isn't there at all.

    That counts more than a mistake in what was said about it: a stranger learns no more of it than of nothing. OPTIONS
    asks for no thing, and anybody may.
    """
    request = context["request"]
    errors = {**query_mistakes(request), **body.get("errors", {})}
    asks = request.method != "OPTIONS" and body["status"] == HTTPStatus.BAD_REQUEST
    if errors and asks and (missing := dict(_missing(context["view"]))):
        body = problem_of(next(iter(missing.values())))
        errors |= {name: [str(gone)] for name, gone in missing.items()}
    return {**body, "errors": errors} if errors else body


def _missing(view: Any) -> Iterator[tuple[str, NotFound]]:
    """What isn't there, and why: under the address, and of a name in the body, for views that look for something."""
    try:
        if view.kwargs and hasattr(view, "get_object"):
            view.get_object()
    except NotFound as error:
        yield next(iter(view.kwargs)), error
    try:
        if hasattr(view, "named_in_body"):
            view.named_in_body()
    except NotFound as error:
        yield error.field, error


def _api_exception(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        sentences = list(_sentences(error.detail))
        detail = sentences[0] if len(sentences) == 1 else "Some fields are missing or wrong."
        return {**_problem(400, "The request is not valid", detail, "InvalidValue"), "errors": error.detail}
    title = HTTPStatus(error.status_code).phrase
    return _problem(error.status_code, title, str(error.detail), type(error).__name__)


def _sentences(detail: Any) -> Iterator[str]:
    """All of `errors`, wherever they stand."""
    if isinstance(detail, str):
        yield detail
        return
    for inner in detail.values() if isinstance(detail, dict) else detail:
        yield from _sentences(inner)


def _challenges(request: Request) -> str:
    """Every way in that has a challenge, not only the first."""
    ways = [way for way in request.authenticators or () if isinstance(way, BaseAuthentication)]
    return ", ".join(filter(None, (way.authenticate_header(request) for way in ways)))


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _problem(status: int, title: str, detail: str, kind: str) -> dict[str, Any]:
    return {"type": f"urn:zoetrope:{kind}", "title": title, "status": status, "detail": detail}
