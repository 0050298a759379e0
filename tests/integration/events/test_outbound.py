"""Outbound requests reach nothing inside, by whatever spelling, name, redirect or trick (docs/reliability.md 4.5)."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media_jobs import outbound as net
from media_jobs import resolving
from media_jobs.outbound import AddressNotAllowed, Unreachable, request
from tests import receivers
from tests.receivers import Receiver, answer, receiver


def words(text: str) -> list[str]:
    return text.split()


INSIDE = words("""
127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 0.0.0.0 0
[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1]
[64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a00:1::1] [2001:0:7f00:1::] [fe80::1] [fec0::1] [fc00::1]
[fd00:ec2::254] [ff02::1] [2001:db8::1] [2001:470::5efe:127.0.0.1] [2001:470::200:5efe:10.0.0.1] [100::1]
169.254.169.254 169.254.170.2 100.100.100.200 100.64.0.1 100.127.255.255 10.0.0.1 10.255.255.255 172.16.0.1
172.31.255.255 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
198.51.100.1 203.0.113.1 168.63.129.16 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
localhost LOCALHOST localhost.
""")
SCHEMES = words("file ftp gopher dict data jar ldap unix javascript ws")
NONSENSE = [
    "",
    "http://",
    "http:///path",
    "//127.0.0.1/",
    "127.0.0.1",
    "http:127.0.0.1",
    "http://１２７.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://a@127.0.0.1/",
    "http://a:b@example.com/",
    "http://127.0.0.1#@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://exam\tple.com/",
    "http://exam\nple.com/",
    "http://example.com/\r\nHost: x",
    "http://example.com/\x00",
    "http://[fe80::1%25lo]/",
    "http://[::1/",
    "http://example.com:99999/",
    "http://example.com:0x50/",
    "http://" + "a" * 3000 + "/",
    *(
        f"{scheme}://example.com/"
        for scheme in ["file", "ftp", "gopher", "dict", "data", "jar", "ldap", "unix", "javascript", "ws"]
    ),
    *(f"http://example.com:{port}/" for port in (1, 22, 25, 3306, 5432, 6379, 11211)),
]


@pytest.fixture(autouse=True)
def nothing_allowed(settings: LazySettings) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = []


@pytest.fixture
def canary() -> Iterator[Receiver]:
    """Listens on loopback; whatever reaches it is a hole."""
    with receiver() as listening:
        yield listening


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A resolver for tests: `names(*answers)` gives one answer after the other and returns the questions asked."""

    def answering(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return answers[min(len(asked), len(answers)) - 1]

        monkeypatch.setattr(resolving, "resolve", resolve)
        return asked

    return answering


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """Speaks TLS with a certificate of its own making for "true.example"."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "true.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_greet, args=(server, context), daemon=True).start()
        yield server.getsockname()[1]


def _greet(server: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    with suppress(OSError), connection:
        context.wrap_socket(connection, server_side=True)


def fetch(url: str, *, total: float = 2.0) -> tuple[int, bytes]:
    with request("GET", url, headers={}, connect=0.5, total=total) as answered:
        return answered.status, answered.head(100)


def refused(url: str) -> None:
    with pytest.raises((AddressNotAllowed, Unreachable)) as refusal:
        fetch(url)
    # localhost. isn't known to every resolver; not being found is as good
    assert refusal.type is AddressNotAllowed or "localhost." in url


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_inside_is_dialled(settings: LazySettings, canary: Receiver, host: str) -> None:
    settings.ZOETROPE_OUTBOUND_PORTS = [canary.port]
    refused(f"http://{host}:{canary.port}/")
    assert canary.messages == []


@pytest.mark.parametrize("url", NONSENSE)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_a_name_that_leads_inside_is_refused(
    names: Callable[..., list[str]], settings: LazySettings, canary: Receiver, address: str
) -> None:
    settings.ZOETROPE_OUTBOUND_PORTS = [canary.port]
    names([address])
    refused(f"http://localtest.example:{canary.port}/")
    assert canary.messages == []


@pytest.mark.parametrize(
    "addresses", [["93.184.215.14", "127.0.0.1"], ["93.184.215.14", "::1"], ["::1", "93.184.215.14"]]
)
def test_one_address_inside_spoils_the_name(names: Callable[..., list[str]], addresses: list[str]) -> None:
    names(addresses)
    refused("http://mixed.example/")


def test_a_name_is_resolved_once_and_what_was_vetted_is_dialled(
    names: Callable[..., list[str]], settings: LazySettings, canary: Receiver
) -> None:
    """DNS rebinding: the second answer would be loopback."""
    settings.ZOETROPE_OUTBOUND_PORTS = [canary.port]
    asked = names(["192.0.0.9"], ["127.0.0.1"])
    refused(f"http://rebind.example:{canary.port}/")
    assert (asked, canary.messages) == (["rebind.example"], [])


def test_this_machines_own_addresses_are_refused_even_public_ones(
    names: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net, "_is_public", lambda address: True)
    names(["127.0.0.1"])
    refused("http://me.example/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_nothing_more(
    settings: LazySettings, canary: Receiver, hook: Receiver, status: int
) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1"]
    hook.behave = answer(status, f"Location: {canary.url}")
    assert fetch(hook.url)[0] == status
    assert canary.messages == []


def test_proxy_variables_are_not_looked_at(
    settings: LazySettings, canary: Receiver, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1"]
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    assert fetch(hook.url) == (200, b"ok")
    assert canary.messages == []


@pytest.mark.parametrize("entry", ["127.0.0.0/8", "127.0.0.1", "hooks.intra", "HOOKS.intra."])
def test_an_allowed_network_or_name_is_reached_on_any_port(
    names: Callable[..., list[str]], settings: LazySettings, hook: Receiver, entry: str
) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = [entry]
    names(["127.0.0.1"])
    assert fetch(f"http://hooks.intra:{hook.port}/") == (200, b"ok")
    assert hook.messages[0].headers["host"] == f"hooks.intra:{hook.port}"


def test_the_next_address_is_tried_when_one_does_not_answer(
    names: Callable[..., list[str]], settings: LazySettings, hook: Receiver
) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    names(["127.0.0.2", "127.0.0.1"])
    assert fetch(f"http://two.example:{hook.port}/") == (200, b"ok")


def test_a_resolver_that_hangs_holds_nobody_up_longer_than_they_wait(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, hook: Receiver
) -> None:
    """getaddrinfo itself can't be cut short: it goes on in a thread of its own, one for all who want the name."""
    asked, over = [], threading.Event()
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1/32"]

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        if host == "hangs.example":
            over.wait(20)
        return ["127.0.0.1"]

    monkeypatch.setattr(resolving, "resolve", resolve)
    try:
        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(net.Unreachable, match="in time"):
                fetch("http://hangs.example/", total=0.3)
        assert fetch(f"http://answers.example:{hook.port}/")[0] == 200
        assert time.monotonic() - began < 5
        assert asked == ["hangs.example", "answers.example"]
    finally:
        over.set()


def test_no_more_names_are_resolved_at_once_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(resolving, "resolve", lambda host, port: [str(over.wait(20))])
    monkeypatch.setattr(resolving, "MOST_LOOKUPS", 2)
    before = threading.enumerate()
    try:
        for number in range(4):
            with pytest.raises(net.Unreachable):
                fetch(f"http://hangs{number}.example/", total=0.1)
        resolvers = [one for one in threading.enumerate() if one.name == "resolver" and one not in before]
        assert len(resolvers) == 2
    finally:
        over.set()


def test_a_dripping_head_ends_with_the_time_for_opening(settings: LazySettings) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    with receiver(receivers.drip) as dripping:
        began = time.monotonic()
        opening = net.request("GET", dripping.url, headers={}, connect=1, total=60, opening=0.5)
        with pytest.raises(net.Unreachable, match="in time"), opening:
            pytest.fail("there was no whole head")
        assert time.monotonic() - began < 5


def test_a_certificate_of_another_name_is_no_answer(
    names: Callable[..., list[str]], settings: LazySettings, tmp_path: Path
) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1"]
    names(["127.0.0.1"])
    with tls_server(tmp_path) as port, pytest.raises(Unreachable, match="certificate"):
        fetch(f"https://other.example:{port}/")


def test_a_dripping_answer_ends_with_the_time(settings: LazySettings, hook: Receiver) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1"]
    hook.behave = receivers.drip
    began = time.monotonic()
    with pytest.raises(Unreachable):
        fetch(hook.url, total=0.5)
    assert time.monotonic() - began < 1.0


def test_a_closed_port_is_unreachable(settings: LazySettings) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable):
        fetch(f"http://127.0.0.1:{port}/")


RANGES = words("10.0.0.0/8 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10")
PRIVATE = [IPv4Network(text) for text in RANGES]
SPELLINGS: list[Callable[[int], str]] = [
    lambda number: str(IPv4Address(number)),
    lambda number: str(number),
    hex,
    lambda number: f"0{number:o}",
    lambda number: ".".join(f"0x{part:x}" for part in number.to_bytes(4, "big")),
    lambda number: ".".join(f"0{part:o}" for part in number.to_bytes(4, "big")),
    lambda number: f"{number >> 24}.{number & 0xFFFFFF}",
    lambda number: f"[::ffff:{IPv4Address(number)}]",
    lambda number: f"[64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}]",
    lambda number: f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
    lambda number: f"[2600:1f18::5efe:{IPv4Address(number)}]",
]


@given(network=st.sampled_from(PRIVATE), data=st.data(), spelling=st.sampled_from(SPELLINGS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
def test_no_private_address_is_dialled_in_any_spelling(
    network: IPv4Network, data: st.DataObject, spelling: Callable[[int], str]
) -> None:
    address = data.draw(st.ip_addresses(network=network))
    refused(f"http://{spelling(int(address))}/")


@given(text=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_crashes_the_check(text: str) -> None:
    for url in (text, f"http://{text}", f"http://example.com/{text}"):
        with suppress(AddressNotAllowed):
            net.check_url(url)
