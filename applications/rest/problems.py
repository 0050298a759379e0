"""Errors of the REST API as RFC 9457 problem details: type, title, status, detail, and `errors` by field."""

import errno
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from applications.errors import NoSpace, Refused

MEDIA_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None (a crash, logged by Django) for what nobody foresaw."""
    error = _named(error)
    if isinstance(error, Refused):
        body, headers = _refused(error), {}
    elif isinstance(error, exceptions.APIException):
        body, headers = _api_exception(error), _headers(error)
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _named(error: Exception) -> Exception:
    """What Python and Django raise on their own, as something that has a status and a sentence."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, UnreadablePostError):
        return exceptions.ParseError("The connection broke off before the body was complete.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("The disk is full. What had arrived before is kept.")
    return error


def _refused(error: Refused) -> dict[str, Any]:
    body = _problem(error.status, error.title, str(error), type(error).__name__)
    return {**body, "errors": {error.field: [str(error)]}} if error.field else body


def _api_exception(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        body = _problem(400, "The request is not valid", "Some fields are missing or wrong.", "InvalidValue")
        return {**body, "errors": error.detail}
    title = HTTPStatus(error.status_code).phrase
    return _problem(error.status_code, title, str(error.detail), type(error).__name__)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _problem(status: int, title: str, detail: str, kind: str) -> dict[str, Any]:
    return {"type": f"urn:zoetrope:{kind}", "title": title, "status": status, "detail": detail}
