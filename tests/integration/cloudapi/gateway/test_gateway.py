"""The gateway itself: which names it serves, what it refuses, whom its authority can vouch for."""

import contextlib
import os
import re
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from cloudapi.gateway.authority import authority
from cloudapi.gateway.environment import fingerprint
from cloudapi.gateway.names import DOMAINS, certified_names, is_served
from tests.integration.cloudapi.conftest import ROOT, RunningGateway

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
BUCKET = "vod-1500000001.cos.ap-guangzhou.myqcloud.com"


def _ask(gateway: RunningGateway, head: str) -> bytes:
    address = urlsplit(gateway.proxy)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.mark.parametrize(
    "host",
    [
        "vod.tencentcloudapi.com",
        "vod.ap-guangzhou.tencentcloudapi.com",
        "VOD2.qcloud.com",
        "vod2.dnsv1.com",
        "vodreport.qcloud.com",
        BUCKET,
        "vod-1.cos.eu-frankfurt.tencentcos.cn",
    ],
)
def test_the_cloud_s_names_are_served_under_a_trusted_certificate(gateway: RunningGateway, host: str) -> None:
    address = urlsplit(gateway.proxy)
    trust = ssl.create_default_context(cafile=str(gateway.folder / "ca.pem"))
    with socket.create_connection((address.hostname, address.port), timeout=20) as plain:
        plain.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
        with trust.wrap_socket(plain, server_hostname=host.lower()) as secure:
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: secure.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"<html" not in answer


def test_the_tls_port_serves_them_too(gateway: RunningGateway) -> None:
    trust = ssl.create_default_context(cafile=str(gateway.folder / "ca.pem"))
    with (
        socket.create_connection(("127.0.0.1", gateway.tls_port), timeout=20) as plain,
        trust.wrap_socket(plain, server_hostname=BUCKET) as secure,
    ):
        secure.sendall(f"GET /x HTTP/1.1\r\nHost: {BUCKET}\r\nConnection: close\r\n\r\n".encode())
        assert b"<Code>AccessDenied</Code>" in b"".join(iter(lambda: secure.recv(65536), b""))


def test_plain_http_through_the_proxy_works_for_those_names(gateway: RunningGateway) -> None:
    answer = _ask(gateway, f"GET http://{BUCKET}/x HTTP/1.1\r\nHost: {BUCKET}\r\nConnection: keep-alive\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"x-cos-request-id" in answer
    assert b"<Resource>/x</Resource>" in answer


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT example.com:443 HTTP/1.1",
        "CONNECT 127.0.0.1:443 HTTP/1.1",
        "CONNECT localhost:443 HTTP/1.1",
        "CONNECT vod.tencentcloudapi.com:22 HTTP/1.1",
        "CONNECT evil-tencentcloudapi.com:443 HTTP/1.1",
        "CONNECT tencentcloudapi.com.evil.example:443 HTTP/1.1",
        "CONNECT www.myqcloud.com:443 HTTP/1.1",
        "CONNECT www.qcloud.com:443 HTTP/1.1",
        "GET http://example.com/ HTTP/1.1",
        "GET http://example.com@vod2.qcloud.com.evil.example/ HTTP/1.1",
        "GET http://[::1]/ HTTP/1.1",
        "GET http://127.0.0.1:22/ HTTP/1.1",
        "GET / HTTP/1.1",
        "nonsense",
    ],
)
def test_it_leads_nowhere_else(gateway: RunningGateway, head: str) -> None:
    assert _ask(gateway, f"{head}\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 403 ")


def test_the_variables_of_the_greeting_are_those_of_env(gateway: RunningGateway) -> None:
    for name, value in gateway.variables.items():
        assert f"export {name}={value}" in gateway.greeting
    assert gateway.variables["HTTPS_PROXY"] == gateway.proxy
    assert "--ignore-certificate-errors-spki-list=" in gateway.greeting


def test_other_addresses_keep_the_usual_trust(gateway: RunningGateway) -> None:
    code = "import certifi, ssl; print(len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs()))"
    environment = {"PATH": os.environ["PATH"], **gateway.variables}
    counted = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(counted.stdout) == int(plain.stdout) + 1


def test_a_taken_port_is_told_in_a_sentence(gateway: RunningGateway, tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "gateway", "--proxy-port", str(urlsplit(gateway.proxy).port)]
    environment = {**os.environ, "ZOETROPE_DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "--proxy-port" in done.stderr


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def made(*names: str) -> Path:
        authority(tmp_path / "ca", domains=DOMAINS, names=names)
        return tmp_path / "ca"

    return made


def test_the_authority_is_made_once_and_its_keys_are_private(make: Callable[..., Path]) -> None:
    folder = make(*certified_names())
    first = (folder / "ca.pem").read_bytes()
    server, trusted = (folder / "server.pem").read_bytes(), fingerprint(folder / "server.pem")
    make(*certified_names())
    assert (folder / "ca.pem").read_bytes() == first
    assert (folder / "server.pem").read_bytes() != server
    assert fingerprint(folder / "server.pem") == trusted, "a browser that was told of it would trust it no longer"
    for name in ("ca.key", "server.pem"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_the_authority_can_not_vouch_for_other_domains(make: Callable[..., Path]) -> None:
    folder = make("bank.example")
    trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "server.pem")
    client_in, client_out, server_in, server_out = (ssl.MemoryBIO() for _ in range(4))
    client = trust.wrap_bio(client_in, client_out, server_hostname="bank.example")
    server = served.wrap_bio(server_in, server_out, server_side=True)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        for _ in range(4):
            for side in (client, server):
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()
                server_in.write(client_out.read())
                client_in.write(server_out.read())


def test_every_served_kind_of_name_is_in_the_certificate(make: Callable[..., Path]) -> None:
    pem = (make(*certified_names()) / "server.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in names.get_values_for_type(x509.DNSName):
        assert is_served(name.replace("*.", "vod-1."))


def test_a_python_without_zoetrope_sets_nothing_and_says_so_loudly(tmp_path: Path) -> None:
    """What a shell evaluates then must fail: the next call would go to the real cloud."""
    command = f'eval "$({sys.executable} -S manage.py gateway --env)"'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "NOTHING IS SET" in done.stderr and ".venv/bin/python" in done.stderr


def _documented() -> set[str]:
    """The command of the documentation that sets the variables, as each page has it."""
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    return {found for page in pages for found in re.findall(r'eval "\$\([^\n`]*?\)"', page.read_text())}


@pytest.mark.parametrize(
    ("python", "setting"),
    [("none/bin/python", ""), (f"{sys.executable} -S", ""), (sys.executable, "no number")],
    ids=["another folder", "the system's python", "settings that can't be read"],
)
def test_the_documented_command_fails_where_it_sets_nothing(python: str, setting: str, tmp_path: Path) -> None:
    """What follows it would reach the real cloud."""
    (command,) = _documented()
    command = command.replace(".venv/bin/python", python)
    environment = {**os.environ, "ZOETROPE_DATA_DIR": str(tmp_path)} | ({"ZOETROPE_PORT": setting} if setting else {})
    line = ["sh", "-c", f"{command} && echo went on"]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr


def test_the_documented_command_sets_the_variables(tmp_path: Path) -> None:
    (command,) = _documented()
    command = f'{command.replace(".venv/bin/python", sys.executable)} && echo "$HTTPS_PROXY"'
    environment = {**os.environ, "ZOETROPE_DATA_DIR": str(tmp_path)}
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "http://127.0.0.1:8010\n"), done.stderr


def test_the_check_tells_a_shell_that_meets_the_gateway_from_one_that_does_not(gateway: RunningGateway) -> None:
    port = str(urlsplit(gateway.proxy).port)
    command = [sys.executable, "manage.py", "gateway", "--check", "--proxy-port", port]
    environment = {**os.environ, "ZOETROPE_DATA_DIR": str(gateway.folder.parent)}

    def check(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        found = {**environment, **variables}
        return subprocess.run(command, cwd=ROOT, env=found, capture_output=True, text=True, timeout=60)

    without, within = check({}), check(gateway.variables)
    assert (without.returncode, within.returncode) == (1, 0), within.stderr
    assert "HTTPS_PROXY" in without.stderr and "meet Zoetrope" in within.stdout
