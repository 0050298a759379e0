"""/metrics for Prometheus: what the rows say now, and what the processes of this data folder have counted.

Off for strangers: it answers to ZOETROPE_METRICS_TOKEN, or to who asks directly from ZOETROPE_METRICS_ALLOW. Through a
proxy, whose own address could be one of those, only the token counts.
"""

import secrets
import time
from collections.abc import Iterator
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.observing.figures import Figure, figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def metrics(request: HttpRequest) -> HttpResponse:
    """404 to strangers, who needn't know that it is here."""
    if not _may_look(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def exposition() -> bytes:
    """What is answered, in Prometheus' own words."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Rows())
    return generate_latest(registry)


class Rows(Collector):
    """What is true of all hosts together, read from the rows as it is asked for."""

    def collect(self) -> Iterator[Figure]:
        began = time.monotonic()
        up = Figure("zoetrope_database_up", "Whether the database answered", value=1)
        try:
            yield from list(figures())
        except DatabaseError:
            up = Figure("zoetrope_database_up", "Whether the database answered", value=0)
        yield up
        yield Figure("zoetrope_scrape_seconds", "What looking at the rows took", value=time.monotonic() - began)


def _may_look(request: HttpRequest) -> bool:
    token = settings.ZOETROPE_METRICS_TOKEN
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if token and scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode()):
        return True
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(peer in network for network in _networks(tuple(settings.ZOETROPE_METRICS_ALLOW)))


@cache
def _networks(allowed: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(one, strict=False) for one in allowed]
