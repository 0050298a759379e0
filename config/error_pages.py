"""What Django answers when no view could: a problem below /api, a page elsewhere."""

import sys
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import override
from django.views import defaults

from applications.transactions import AWAY, DATABASE_AWAY, RETRY_AFTER
from console.words.languages import language_of_browser

_API = "/api/"


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exception(), DATABASE_AWAY):
        return _database_away(request)
    if request.path.startswith(_API):
        return _problem(500, "Something went wrong inside. The server's log has the details.")
    with override(language_of_browser(request)):
        return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also for what came before the language was known, and for a form that is larger than one may be."""
    if request.path.startswith(_API):
        return _problem(400, "The request can't be understood.")
    with override(language_of_browser(request)):
        if isinstance(exception, RequestDataTooBig):
            return HttpResponse(render_to_string("413.html"), status=413)
        return defaults.bad_request(request, exception)


def _database_away(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(_API):
        response = _problem(503, AWAY)
    else:
        with override(language_of_browser(request)):
            response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _problem(status: int, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
