from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


class LengthRequired:
    """Refuses JSON sent to /api in chunks: Django shows it as an empty body, and a change would silently do nothing.

    Files may come in chunks; their views read the stream themselves (media_jobs/uploads/incoming.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chunked = "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")
        if chunked and request.content_type == "application/json" and request.path.startswith("/api/"):
            return _refused()
        return self.get_response(request)


def _refused() -> HttpResponse:
    detail = "Send JSON with a Content-Length."
    body = {"type": "urn:zoetrope:LengthRequired", "title": "Length Required", "status": 411, "detail": detail}
    return JsonResponse(body, status=411, content_type="application/problem+json")
