"""What a client is told, in its own door's language, when there is too much to do: at once, not after a wait."""

from django.core.handlers.wsgi import WSGIRequest
from django.http import JsonResponse
from django.http.response import HttpResponseBase

from cloudapi.doors import too_busy
from config.web.call import Answer, Environ, answer_of

RETRY_SECONDS = "1"


def refusal_of(environ: Environ) -> Answer:
    return answer_of(_refuse, environ)


def _refuse(environ: Environ, start_response: object) -> HttpResponseBase:
    response = too_busy(WSGIRequest(environ)) or _problem()
    response["Retry-After"] = RETRY_SECONDS
    start_response(f"{response.status_code} {response.reason_phrase}", response.items())  # type: ignore[operator]
    return response


def _problem() -> JsonResponse:
    detail = "The server has more to do than it can do in time. Try again in a moment."
    body = {"type": "urn:zoetrope:Busy", "title": "Service Unavailable", "status": 503, "detail": detail}
    return JsonResponse(body, status=503, content_type="application/problem+json")
