"""Clients that stall cost themselves something, and nobody else (docs/reliability.md 4.6)."""

import base64
import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.faults.instance import SECRET_ID, SECRET_KEY, Instance, wait_for
from tests.integration.web.conftest import RATE_SECONDS
from tests.integration.web.crowds import head, stalled

pytestmark = pytest.mark.xdist_group("hurried")

CROWD = int(os.environ.get("ZOETROPE_CROWD", "120"))  # more than all request threads of both processes
BASIC = "Basic " + base64.b64encode(f"{SECRET_ID}:{SECRET_KEY}".encode()).decode()
TUS = {"Tus-Resumable": "1.0.0"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def source(hurried: Instance) -> str:
    """The path of a public file that no socket's buffers can hold."""
    form = {"file": ("a.mp4", os.urandom(24 * MIB))}
    answer = hurried.api.post("media", files=form)
    assert answer.status_code == 201, answer.text
    address: str = hurried.api.get(f"media/{answer.json()['file_id']}").json()["source_url"]
    return address.removeprefix(hurried.url)


def _create(hurried: Instance, length: int) -> str:
    name = base64.b64encode(b"clip.mp4").decode()
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
    return hurried.api.post("uploads", headers=headers).headers["Location"]


def _patch_head(hurried: Instance, path: str, *, length: int) -> bytes:
    fields = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Length": str(length), "Authorization": BASIC}
    return head(f"PATCH {path}", hurried.port, Content_Type="application/offset+octet-stream", **fields)


def _assert_others_are_served(hurried: Instance) -> None:
    """Within a time that a stalled thread would never allow; the bench has finer figures."""
    for path in ("/livez", "/api/v1/media"):
        began = time.monotonic()
        answer = httpx.get(hurried.url + path, auth=(SECRET_ID, SECRET_KEY), timeout=10, trust_env=False)
        assert answer.status_code == 200
        assert time.monotonic() - began < 5


CROWDS: dict[str, Callable[[Instance, str], bytes]] = {
    "that only connect": lambda hurried, path: b"",
    "with half a head": lambda hurried, path: head(f"GET {path}", hurried.port)[:-4],
    "with a silent body and no login": lambda hurried, path: head("POST /", hurried.port, Content_Length="100"),
    "with one byte of a body": lambda hurried, path: head("POST /", hurried.port, Content_Length="100") + b"x",
    "with a large body that stops": lambda hurried, path: (
        head("POST /", hurried.port, Content_Length="1000000") + b"x" * 70_000
    ),
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_others_are_served_beside_a_crowd(hurried: Instance, source: str, crowd: str) -> None:
    with stalled(hurried.port, count=CROWD, said=CROWDS[crowd](hurried, source)):
        _assert_others_are_served(hurried)


def test_stalled_readers_of_a_media_url_stop_nobody_and_are_cut_off(hurried: Instance, source: str) -> None:
    with stalled(hurried.port, count=CROWD, said=head(f"GET {source}", hurried.port), tiny_window=True) as crowd:
        time.sleep(0.5)
        _assert_others_are_served(hurried)
        whole = httpx.get(hurried.url + source, trust_env=False, timeout=30)
        assert len(whole.content) == 24 * MIB
        time.sleep(3 * RATE_SECONDS + 3)  # the stretch in which the buffers filled was a good one
        cut = [_received(client) for client in crowd[:3]]
        assert max(cut) < 24 * MIB


def test_silent_uploads_stop_nobody_and_keep_what_came(hurried: Instance) -> None:
    path = _create(hurried, 10 * MIB)
    others = _create(hurried, 200_000)
    said = _patch_head(hurried, path, length=10 * MIB) + b"x" * 100_000
    silent = _patch_head(hurried, path, length=10 * MIB)
    with stalled(hurried.port, count=1, said=said), stalled(hurried.port, count=CROWD, said=silent):
        _assert_others_are_served(hurried)
        headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        done = hurried.api.patch(hurried.url + others, content=b"y" * 200_000, headers=headers)
        assert done.status_code == 204, done.text
        time.sleep(RATE_SECONDS + 1.5)
        wait_for(lambda: _offset(hurried, path) == 100_000, seconds=10, what="the bytes that came")


def _offset(hurried: Instance, path: str) -> int:
    return int(hurried.api.head(hurried.url + path, headers=TUS).headers["Upload-Offset"])


def test_a_slow_but_steady_upload_goes_on(hurried: Instance) -> None:
    path = _create(hurried, 100_000)
    with stalled(hurried.port, count=1, said=_patch_head(hurried, path, length=100_000)) as (client,):
        for _ in range(10):
            client.sendall(b"x" * 10_000)
            time.sleep(RATE_SECONDS * 0.2)
        assert client.recv(1000).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("size", [10 * MIB + 1, 40 * MIB], ids=["a byte", "four times"])
def test_an_api_body_over_the_limit_is_told_so(hurried: Instance, size: int) -> None:
    """By a client that sends all of it before it reads, as the SDKs do."""
    fields = {"X_TC_Action": "DescribeTasks", "Content_Type": "application/json", "Content_Length": str(size)}
    with stalled(hurried.port, count=1, said=head("POST /", hurried.port, **fields)) as (client,):
        client.sendall(b" " * size)
        answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"RequestSizeLimitExceeded" in answer


def test_a_head_without_end_is_refused(hurried: Instance) -> None:
    with stalled(hurried.port, count=1, said=head("GET /livez", hurried.port)[:-2]) as (client,):
        with contextlib.suppress(OSError):
            for _ in range(200):
                client.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        assert _received(client) in (0, len(REFUSED_HEAD))  # what was sent too late may wipe the answer out


REFUSED_HEAD = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def _received(client: socket.socket) -> int:
    """How many bytes come before the connection ends."""
    return sum(map(len, _blocks(client)))


def _blocks(client: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(OSError):
        while block := client.recv(65536):
            yield block
