"""The only code that dials addresses which users name, guarded at the moment of dialling (docs/reliability.md 4.5).

A name is resolved once, every address it has is vetted, and the vetted address itself is dialled; Host, SNI and
certificate stay those of the name. So neither rebinding nor a redirect leads inside. Names that the operator allows
(ZOETROPE_OUTBOUND_ALLOW) may lead anywhere. No proxy variables, no redirects, no decompression: whoever wants one of
these does it by hand. Connecting, sending and every read share one deadline, so that a slow sender can't hold on for
ever; resolving a name, which nothing can cut short, goes on in a thread that nobody waits for any longer.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx
from django.conf import settings

from media_jobs.resolving import lookups

MAX_URL = 2048
Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Not public, whatever `is_global` says, which differs between releases of Python: this host, shared, protocol, relay,
# benchmark, cloud-internal, reserved, tunnels, documentation.
_DENIED = [
    *map(ip_network, ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15")),
    *map(ip_network, ("168.63.129.16/32", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")),
]


class AddressNotAllowed(Exception):
    """The guard refuses: `str(error)` is a sentence for whoever typed the address."""


class Unreachable(Exception):
    """No complete answer came: not resolved, not connected, bad certificate, broken off, or too late."""


@dataclass(frozen=True, slots=True)
class Answer:
    """status, lower-case header names, and the raw body (never decompressed) in blocks as they arrive."""

    status: int
    headers: Mapping[str, str]
    blocks: Iterator[bytes]

    def head(self, limit: int) -> bytes:
        """The first `limit` bytes of the body. Raises Unreachable."""
        gathered = bytearray()
        for block in self.blocks:
            gathered += block
            if len(gathered) >= limit:
                break
        return bytes(gathered[:limit])


def check_url(text: str) -> httpx.URL:
    """What can be judged without dialling. Raises AddressNotAllowed."""
    if len(text) > MAX_URL or any(c.isspace() or not c.isprintable() or c == "\\" for c in text):
        raise AddressNotAllowed(f"A URL has at most {MAX_URL} characters and no spaces or backslashes.")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressNotAllowed("This is no URL.") from error
    _check_name(url)
    if url.scheme not in ("http", "https") or not url.host:
        raise AddressNotAllowed("The URL must begin with http:// or https:// and name a host.")
    if url.userinfo or "%" in url.host:
        raise AddressNotAllowed("The URL must hold no user name, password or zone.")
    literal = _literal(url.host)
    if literal:
        _vet(url.host, port=_port(url), addresses=[literal])
    elif not settings.ZOETROPE_OUTBOUND_ALLOW:
        _check_port(_port(url))
    return url


def _check_name(url: httpx.URL) -> None:
    """Raises AddressNotAllowed for a host that no resolver takes: it would fail at each dialling instead, for ever."""
    try:
        host = url.host  # decodes labels that begin with xn--
    except UnicodeError as error:
        raise AddressNotAllowed("The host's name is no internationalised name.") from error
    labels = url.raw_host.decode("ascii").removesuffix(".").split(".")
    if host and not _literal(host) and not (all(0 < len(label) < 64 for label in labels) and len(host) < 254):
        raise AddressNotAllowed(
            "A host name has parts of 1 to 63 characters with dots between, and at most 253 in all."
        )


@contextmanager
def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    connect: float,
    total: float,
    idle: float | None = None,
    opening: float | None = None,
) -> Iterator[Answer]:
    """One request, one answer, no redirect followed.

    `connect`, `total`, `idle`, `opening`: seconds to reach the server, its name included; in all; between two bytes;
    and until all of the answer's headers are there (the last two may be as long as `total`, if not given).
    Raises AddressNotAllowed or Unreachable, also while the answer's blocks are read.
    """
    target = check_url(url)
    deadline = Deadline(total, opening=opening)
    timeout = {"connect": connect, "read": idle or total, "write": idle or total, "pool": total}
    pool = httpcore.ConnectionPool(ssl_context=_tls(), network_backend=_Guarded(deadline))
    wanted = pool.stream(
        method,
        httpcore.URL(str(target.copy_with(fragment=None))),
        headers=[("Host", target.netloc.decode()), ("Accept-Encoding", "identity"), *headers.items()],
        content=body or None,
        extensions={"timeout": timeout},
    )
    with _translated(), pool, wanted as response:
        deadline.opened()
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        yield Answer(status=response.status, headers=named, blocks=iter(response.iter_stream()))


class Deadline:
    """Of one request: first for its opening, which ends with the headers, then for all of it."""

    def __init__(self, total: float, *, opening: float | None = None) -> None:
        self._end = time.monotonic() + total
        self._next = self._end if opening is None else min(self._end, time.monotonic() + opening)

    def opened(self) -> None:
        self._next = self._end

    def left(self, timeout: float | None) -> float:
        """Seconds for the next step. Raises ReadTimeout when none are left."""
        left = self._next - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return min(left, timeout) if timeout is not None else left


class _Deadlined(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline, even while the other side keeps sending a byte now and then."""

    def __init__(self, stream: httpcore.NetworkStream, *, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Deadlined(secured, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first vetted address that answers; all of them and the resolver share `timeout`."""
        failure: Exception = httpcore.ConnectError("no address")
        reaching = Deadline(self._deadline.left(timeout))
        addresses = _vet(host, port=port, addresses=_addresses(host, port, timeout=reaching.left(None)))
        for number, address in enumerate(addresses):
            share = reaching.left(None) / (len(addresses) - number)
            try:
                stream = self._backend.connect_tcp(address, port, share)
                return _Deadlined(stream, deadline=self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _addresses(host: str, port: int, *, timeout: float) -> list[str]:
    try:
        return [host.strip("[]")] if _literal(host) else lookups.find(host, port, timeout=timeout)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error


def _vet(host: str, *, port: int, addresses: list[str]) -> list[str]:
    """The addresses, if every single one may be dialled. Raises AddressNotAllowed."""
    networks, names = _allowed()
    if host.rstrip(".").lower() in names:
        return addresses
    parsed = [_unwrapped(ip_address(text)) for text in addresses]
    inside = [any(address in network for network in networks) for address in parsed]
    if not all(inside):
        _check_port(port)
    for address, allowed in zip(parsed, inside, strict=True):
        if not allowed and (not _is_public(address) or _is_ours(address)):
            raise AddressNotAllowed(
                f"{host} is not a public address. An operator can allow it with ZOETROPE_OUTBOUND_ALLOW."
            )
    return addresses


def _check_port(port: int) -> None:
    if port not in settings.ZOETROPE_OUTBOUND_PORTS:
        raise AddressNotAllowed(f"Port {port} isn't one of those that ZOETROPE_OUTBOUND_PORTS allows.")


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated IPv6 one: that is where the packets end up."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or any(address in network for network in _DENIED):
        return False
    if isinstance(address, IPv4Address):
        return True
    isatap = (int(address) >> 32) & 0xFDFFFFFF == 0x00005EFE
    return address in _GLOBAL_UNICAST and not isatap


def _is_ours(address: Address) -> bool:
    """Whether this machine itself has the address: only then can it be bound."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _allowed() -> tuple[list[Any], set[str]]:
    """ZOETROPE_OUTBOUND_ALLOW as networks and host names."""
    networks, names = [], set()
    for entry in settings.ZOETROPE_OUTBOUND_ALLOW:
        try:
            networks.append(ip_network(entry.strip(), strict=False))
        except ValueError:
            names.add(entry.strip().rstrip(".").lower())
    return networks, names


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise Unreachable("No complete answer in time.") from error
    except (socket.gaierror, UnicodeError) as error:  # the latter of names that aren't any
        raise Unreachable("The host name can't be resolved.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise Unreachable(f"The connection failed: {error or type(error).__name__}"[:300]) from error


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
