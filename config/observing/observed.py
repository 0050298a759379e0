"""Outermost: each request has an id, which its answer and its log lines bear, and is counted by door and outcome."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from applications.measures import DOOR, http_seconds
from applications.tracing import begin_request, end_request
from config.observing.metrics import metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DOORS = {"api": "rest", "media": "media", "static": "static", "livez": "health", "readyz": "health", "upload": "form"}


class Observed:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/metrics":  # before a proxy's word on addresses is looked at, and not counted
            return metrics(request)
        began, own_id = time.monotonic(), str(uuid.uuid4())
        begin_request(own_id)  # ended by the signal below: Django writes what it refused after all of its middleware
        response = self._get_response(request)
        response["X-Request-Id"] = own_id
        method = request.method if request.method in METHODS else "other"
        status = f"{response.status_code // 100}xx"
        http_seconds.labels(_door(request), method, status).observe(time.monotonic() - began)
        return response


@receiver(request_finished)
def _on_finished(**_: Any) -> None:
    end_request()


def _door(request: HttpRequest) -> str:
    told: str | None = request.META.get(DOOR)
    return told or _DOORS.get(request.path_info.removeprefix("/").partition("/")[0], "console")
