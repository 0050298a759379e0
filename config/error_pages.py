"""What Django answers when no view could: a problem below /api, a page elsewhere."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

_API = "/api/"


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(500, "Something went wrong inside. The server's log has the details.")
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return _problem(400, "The request can't be understood.")
    return defaults.bad_request(request, exception)


def _problem(status: int, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
