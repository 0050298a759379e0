"""Who is really asking, when proxies stand between: only those that the operator names are believed.

A proxy appends to X-Forwarded-For the address that it was asked from. So the right-most entry that is no trusted
proxy's is the client; whatever stands to its left, the client may have written itself.
"""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Network = IPv4Network | IPv6Network
_MOST_HOPS = 20
_BY_PROXY = "zoetrope.by_proxy"  # no header is called so


class TrustedProxies:
    """Sets REMOTE_ADDR and the scheme to the client's.

    The headers stay where they are: that there are any tells config/observing/metrics.py of a proxy, trusted or not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        hops = request.META.get("HTTP_X_FORWARDED_FOR")
        scheme = request.META.get("HTTP_X_FORWARDED_PROTO")
        if hops is not None or scheme is not None:
            _apply(request, hops=hops or "", scheme=(scheme or "").strip().lower())
        return self.get_response(request)


def _apply(request: HttpRequest, *, hops: str, scheme: str) -> None:
    peer = request.META.get("REMOTE_ADDR", "")
    if not _is_trusted(peer):
        request.META["wsgi.url_scheme"] = "http"  # the web server itself may have believed the header
        return
    request.META[_BY_PROXY] = True
    request.META["REMOTE_ADDR"] = client_of(peer, hops=hops)
    if scheme in ("http", "https"):
        request.META["wsgi.url_scheme"] = scheme


def came_by_proxy(request: HttpRequest) -> bool:
    """Whether a trusted proxy handed it on."""
    return bool(request.META.get(_BY_PROXY))


def client_of(peer: str, *, hops: str) -> str:
    """The right-most address that is no trusted proxy's; the last proxy's own when what it says is no address."""
    client = peer
    for hop in reversed(hops.split(",")[-_MOST_HOPS:]):
        if not _is_trusted(client):
            break
        address = _plain(hop)
        if not address:
            break
        client = address
    return client


def lock_address(address: str) -> str:
    """What attempts are counted by: an IPv4 address, or the /64 that one IPv6 client has to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((int(parsed) >> 64 << 64, 64)).network_address)
    return str(parsed)


def lock_address_of(request: HttpRequest) -> str:
    return lock_address(request.META.get("REMOTE_ADDR", ""))


def parsed_networks(entries: list[str]) -> list[Network]:
    """Of `10.0.0.0/8`, `127.0.0.1`, `::1`. Raises ValueError."""
    return [ip_network(entry.strip()) for entry in entries]


def _is_trusted(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in network for network in _trusted(tuple(settings.ZOETROPE_TRUSTED_PROXIES)))


@lru_cache(maxsize=8)
def _trusted(entries: tuple[str, ...]) -> list[Network]:
    return parsed_networks(list(entries))


def _plain(hop: str) -> str:
    """An entry's address, without the port that some proxies write behind it; "" for what is none."""
    text = hop.strip()
    for candidate in (text, text.strip("[]"), text.rpartition(":")[0].strip("[]")):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return ""
