"""The nginx file that is shipped, before the real server: what goes in, what comes out, and who waits for whom."""

import getpass
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient

from tests.faults.instance import ROOT, SECRET_ID, SECRET_KEY, Instance, free_port, wait_for
from tests.integration.web.crowds import head, stalled
from tests.integration.web.test_slow_clients import BASIC, CROWD, MIB

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
pytestmark = [
    pytest.mark.xdist_group("hurried"),
    pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx isn't installed"),
]
MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/zoetrope.conf;
}}
"""


def _here(shipped: str, *, port: int, server: int, storage: Path) -> str:
    """Without TLS, at a free port; and everybody here has the same address."""
    plain = re.sub(r"^ *ssl_certificate.*\n", "", shipped, flags=re.MULTILINE)
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{server};",
        "limit_conn zoetrope 100;": "limit_conn zoetrope 1000;",
        "alias /var/lib/zoetrope/storage/;": f"alias {storage}/;",
    }
    for old, new in changes.items():
        assert old in plain
        plain = plain.replace(old, new)
    return plain


@pytest.fixture(scope="module")
def front(hurried: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """nginx's port."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    folder.chmod(0o755)
    shipped = (ROOT / "deploy/nginx.conf").read_text()
    (folder / "zoetrope.conf").write_text(
        _here(shipped, port=port, server=hurried.port, storage=hurried.folder / "storage")
    )
    (folder / "nginx.conf").write_text(
        MAIN.format(folder=folder, user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "")
    )
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        wait_for(lambda: _answers(port), seconds=20, what="nginx")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def api(front: int) -> Iterator[httpx.Client]:
    base = f"http://127.0.0.1:{front}/api/v1/"
    with httpx.Client(base_url=base, auth=(SECRET_ID, SECRET_KEY), trust_env=False, timeout=60) as client:
        yield client


def test_a_tus_upload_and_ranges_of_it_pass_through(front: int, api: httpx.Client, tmp_path: Path) -> None:
    data = hashlib.shake_256(b"seed").digest(3 * MIB)
    (tmp_path / "clip.mp4").write_bytes(data)
    client = TusClient(f"http://127.0.0.1:{front}/api/v1/uploads", headers={"Authorization": BASIC})
    with (tmp_path / "clip.mp4").open("rb") as file:
        uploader = client.uploader(file_stream=file, chunk_size=MIB, metadata={"filename": "clip.mp4"})
        uploader.upload()
    file_id = api.head(str(uploader.url), headers={"Tus-Resumable": "1.0.0"}).headers["Zoetrope-File-Id"]
    path = httpx.URL(api.get(f"media/{file_id}").json()["source_url"]).path
    part = httpx.get(f"http://127.0.0.1:{front}{path}", headers={"Range": "bytes=1000-1999999"}, trust_env=False)
    assert part.status_code == 206
    assert part.content == data[1000:2_000_000]
    assert part.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_others_are_served_beside_silent_bodies_and_stalled_readers(front: int, api: httpx.Client) -> None:
    sent = api.post("media", files={"file": ("a.mp4", b"x" * (12 * MIB))})
    path = httpx.URL(api.get(f"media/{sent.json()['file_id']}").json()["source_url"]).path
    silent = head("POST /", front, Content_Length="1000000") + b"x" * 70_000
    reading = head(f"GET {path}", front)
    with (
        stalled(front, count=CROWD, said=silent),
        stalled(front, count=CROWD, said=reading, tiny_window=True),
    ):
        time.sleep(0.3)
        began = time.monotonic()
        assert api.get("media").status_code == 200
        assert _answers(front)
        assert time.monotonic() - began < 5


def test_a_body_over_the_apis_limit_is_told_so(front: int) -> None:
    headers = {"X-TC-Action": "DescribeTasks", "Content-Type": "application/json"}
    body = b" " * (11 * MIB)
    answer = httpx.post(f"http://127.0.0.1:{front}/", content=body, headers=headers, trust_env=False, timeout=60)
    assert answer.json()["Response"]["Error"]["Code"] == "RequestSizeLimitExceeded"


def test_a_query_of_32_kib_reaches_the_api(front: int) -> None:
    query = "Action=DescribeTasks&ExtInfo=" + "x" * 31_000
    answer = httpx.get(f"http://127.0.0.1:{front}/?{query}", trust_env=False)
    assert "Error" in answer.json()["Response"]


def test_media_from_the_disk_are_sent_by_nginx_as_the_server_itself_sends_them(front: int, hurried: Instance) -> None:
    """ZOETROPE_ACCEL; the server's own answers, at its own port, are what they are compared with."""
    data = hashlib.shake_256(b"accel").digest(3 * MIB)
    sent = hurried.api.post("media", files={"file": ("a clip.mp4", data)}).json()
    media = hurried.api.get(f"media/{sent['file_id']}").json()
    path = httpx.URL(media["source_url"]).path
    asked: list[tuple[str, str, dict[str, str]]] = [
        *((method, path, {}) for method in ("GET", "HEAD")),
        *(("GET", path, {"Range": text}) for text in ("bytes=10-99", "bytes=-5", "bytes=2000000-", "bytes=0-1,5-6")),
        ("HEAD", path, {"Range": "bytes=0-9"}),
        ("GET", path, {"Range": f"bytes={len(data)}-"}),
        ("GET", path, {"If-None-Match": "*", "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}),
        ("GET", f"{path}?download", {}),
    ]
    for method, where, headers in asked:
        by_nginx, by_server = (_ask(port, method, where, headers) for port in (front, hurried.port))
        assert by_nginx == by_server, (method, where, headers)
    assert _ask(front, "GET", path, {})[2] == data
    for unknown in (
        path.replace("v.mp4", "v.webm"),
        path.replace("/media/", "/_media/"),
        "/_media/../zoetrope.sqlite3",
    ):
        assert [_ask(port, "GET", unknown, {})[0] for port in (front, hurried.port)] == [404, 404], unknown
    hurried.api.patch(f"media/{sent['file_id']}", json={"status": "Forbidden"})
    assert [_ask(port, "GET", path, {})[0] for port in (front, hurried.port)] == [404, 404]
    assert [_ask(port, "POST", path, {})[0] for port in (front, hurried.port)] == [405, 405]


def test_bytes_pass_nginx_without_a_word_of_the_server(front: int, hurried: Instance) -> None:
    """A direct look at the server's answer to a trusted proxy: no bytes, the file's name."""
    sent = hurried.api.post("media", files={"file": ("a.mp4", b"x" * 1000)}).json()
    path = httpx.URL(hurried.api.get(f"media/{sent['file_id']}").json()["source_url"]).path
    told = httpx.get(f"{hurried.url}{path}", headers={"X-Forwarded-For": "203.0.113.9"}, trust_env=False)
    assert (told.headers["X-Accel-Redirect"], told.content) == (path.replace("/media/", "/_media/"), b"")
    through = httpx.get(f"http://127.0.0.1:{front}{path}", trust_env=False)
    assert (through.content, "X-Accel-Redirect" in through.headers) == (b"x" * 1000, False)
    poster = hurried.folder / "storage" / path.removeprefix("/media/")
    poster.unlink()
    assert httpx.get(f"http://127.0.0.1:{front}{path}", trust_env=False).status_code == 404


def _ask(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers but those that say which server and when, and content.

    nginx leaves Accept-Ranges out of a 206, which shows that there are ranges.
    """
    answer = httpx.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, trust_env=False, timeout=60)
    own = {"date", "server", "connection", "x-request-id", "transfer-encoding", "keep-alive"}
    own |= {"accept-ranges"} if answer.status_code == 206 else set()
    return answer.status_code, {name: text for name, text in answer.headers.items() if name not in own}, answer.content
