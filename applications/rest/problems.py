"""Errors of the REST API as RFC 9457 problem details: type, title, status, detail, and `errors` by field."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from applications.errors import Refused

MEDIA_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None (a crash, logged by Django) for what nobody foresaw."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, Refused):
        body, headers = _refused(error), {}
    elif isinstance(error, exceptions.APIException):
        body, headers = _api_exception(error), _headers(error)
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _refused(error: Refused) -> dict[str, Any]:
    body = _problem(error.status, error.title, str(error), type(error).__name__)
    return {**body, "errors": {error.field: [str(error)]}} if error.field else body


def _api_exception(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        body = _problem(400, "The request is not valid", "Some fields are missing or wrong.", "InvalidValue")
        return {**body, "errors": error.detail}
    return _problem(error.status_code, str(error.default_detail), str(error.detail), type(error).__name__)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _problem(status: int, title: str, detail: str, kind: str) -> dict[str, Any]:
    return {"type": f"urn:zoetrope:{kind}", "title": title, "status": status, "detail": detail}
