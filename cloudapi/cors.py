"""Cross-origin headers for the hosts that browsers' upload SDKs talk to (docs/protocol 4.2).

Any origin may ask: no cookie counts there, only signatures do.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_EXPOSED = "ETag, x-cos-request-id, Date, Content-Length"


def preflight(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        headers={
            "Access-Control-Allow-Methods": "GET, PUT, POST, HEAD, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "*"),
            "Access-Control-Max-Age": "3600",
        }
    )


def opened(response: HttpResponseBase) -> HttpResponseBase:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = _EXPOSED
    return response
