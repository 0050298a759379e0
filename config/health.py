"""/livez: the web server answers. /readyz: database, storage and a live worker are there, or which of them is not."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from media_jobs.jobs.selectors import live_workers
from media_jobs.store.storage import storage


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when work can be taken in and done, else 503; each part's state by name."""
    parts = {"database": _database(), "storage": _storage()}
    parts["worker"] = _worker() if parts["database"] == "ok" else "unknown: the database is away"
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"away: {type(error).__name__}"
    return "ok"


def _storage() -> str:
    try:
        storage().probe()
    except OSError as error:
        return f"can't be written: {type(error).__name__}"
    return "ok"


def _worker() -> str:
    return "ok" if live_workers().exists() else "none alive"
