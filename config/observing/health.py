"""/livez: the web server answers. /readyz: database, storage, keys and a live worker are there, or which is missing.

A broker that is away is said, but work is taken in and done without it.
"""

import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from config.observing.figures import unserved_queues
from config.sealed import secrets_are_readable
from media_jobs.doorbell import broker
from media_jobs.jobs.selectors import live_workers
from media_jobs.store.storage import storage


@csrf_exempt
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@csrf_exempt
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when work can be taken in and done, else 503; each part's state by name.

    Anybody may ask, so one request a while finds out and the others hear what it found.
    """
    parts = looked()
    ready = all(parts[name] == "ok" for name in parts if name != "broker")
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


class _Kept:
    """What a look found, for so many seconds; who comes meanwhile doesn't look again, nor waits for who does."""

    def __init__(self, look: Callable[[], dict[str, str]], *, seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._lock = threading.Lock()
        self._found: dict[str, str] = {}
        self._until = 0.0

    def __call__(self) -> dict[str, str]:
        if self._found and time.monotonic() < self._until:
            return self._found
        if not self._lock.acquire(blocking=not self._found):
            return self._found
        try:
            if not self._found or time.monotonic() >= self._until:
                self._found = self._look()
                self._until = time.monotonic() + self._seconds
            return self._found
        finally:
            self._lock.release()

    def forget(self) -> None:
        self._found, self._until = {}, 0.0


def _parts() -> dict[str, str]:
    parts = {"database": _database(), **stored()}
    for name, state in (("worker", _worker), ("secrets", _secrets)):
        parts[name] = state() if parts["database"] == "ok" else "unknown: the database is away"
    return {**parts, "broker": _broker()}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"away: {type(error).__name__}"
    return "ok"


def _storage() -> dict[str, str]:
    try:
        storage().probe()
    except OSError as error:
        return {"storage": f"can't be written: {type(error).__name__}"}
    return {"storage": "ok"}


def _secrets() -> str:
    return "ok" if secrets_are_readable() else "unreadable: the secret key isn't the one that sealed the API keys"


def _broker() -> str:
    return "ok" if broker.answers() else "away: workers find work by looking, a few seconds later"


def _worker() -> str:
    if not live_workers().exists():
        return "none alive"
    lacking = unserved_queues()
    return f"none alive that takes from {', '.join(lacking)}" if lacking else "ok"


stored = _Kept(_storage, seconds=15.0)  # a look writes, so it is rarer
looked = _Kept(_parts, seconds=2.0)


def forget_looks() -> None:
    """The next request finds out anew."""
    stored.forget()
    looked.forget()
