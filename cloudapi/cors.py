"""Cross-origin headers for the doors that browsers' uploads from other pages come to (docs/protocol 4.2).

Any origin may ask: no cookie counts there, only signatures do.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_OF_OBJECTS = (
    "ETag, x-cos-request-id, x-cos-hash-crc64ecma, Date, Content-Length, Content-Range, Accept-Ranges, Last-Modified"
)
_OF_TUS = "Location, Tus-Resumable, Upload-Offset, Upload-Length, Upload-Expires, Upload-Concat, Zoetrope-File-Id"


def preflight(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        headers={
            "Access-Control-Allow-Methods": "GET, PUT, POST, PATCH, HEAD, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "*"),
            "Access-Control-Max-Age": "3600",
        }
    )


def opened(response: HttpResponseBase) -> HttpResponseBase:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = f"{_OF_OBJECTS}, {_OF_TUS}"
    return response


def for_any_page(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view's every answer can be read by any page's script, and a browser that asks first is told so."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponseBase:
        return opened(preflight(request) if request.method == "OPTIONS" else view(request))

    return asked
