"""A bucket that doesn't answer holds up who reads from it, and nobody else; nor does a crowd of readers."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.faults.instance import SECRET_ID, SECRET_KEY, Instance
from tests.integration.web.crowds import head, stalled

pytestmark = pytest.mark.xdist_group("hurried")
READERS = 100


class Bucket(ThreadingHTTPServer):
    """It knows how long each object is, unless `silent`, and never sends one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.silent = False
        self.over = threading.Event()


class Answers(BaseHTTPRequestHandler):
    server: Bucket

    def do_HEAD(self) -> None:
        if self.server.silent:
            self.server.over.wait(60)
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.over.wait(60)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with Bucket() as bucket:
        threading.Thread(target=bucket.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield bucket
        bucket.over.set()
        bucket.shutdown()


@pytest.fixture(scope="module")
def path(hurried: Instance) -> str:
    """Of a public file."""
    sent = hurried.api.post("media", files={"file": ("a.mp4", b"x" * 100_000)})
    address: str = hurried.api.get(f"media/{sent.json()['file_id']}").json()["source_url"]
    return address.removeprefix(hurried.url)


@pytest.fixture(scope="module")
def web(hurried: Instance, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A web process beside the two others, with the same rows, for which all bytes are in the bucket."""
    same = {
        name: hurried.environment[name] for name in ("ZOETROPE_DATA_DIR", "DATABASE_URL") if name in hurried.environment
    }
    address = f"s3://KEY:SECRET@127.0.0.1:{bucket.server_port}/media?tls=0"
    beside = Instance(
        Path(tmp_path_factory.mktemp("beside")),
        **same,
        STORAGE_URL=address,
        ZOETROPE_WEB_THREADS="2",
        ZOETROPE_STOP_GRACE_SECONDS="0.5",
    )
    try:
        yield beside.start_web()
    finally:
        bucket.over.set()
        beside.close()


@pytest.mark.parametrize("silent", [False, True], ids=["sends nothing", "says nothing"])
def test_a_crowd_at_a_bucket_that_does_not_answer_stops_nobody_else(
    web: Instance, bucket: Bucket, path: str, silent: bool
) -> None:
    bucket.silent = silent
    with stalled(web.port, count=READERS, said=head(f"GET {path}", web.port)):
        time.sleep(0.5)
        began = time.monotonic()
        with httpx.Client(base_url=web.url, auth=(SECRET_ID, SECRET_KEY), timeout=20, trust_env=False) as other:
            assert other.get("/static/console/zoetrope.svg").status_code == 200
            assert other.post("/api/v1/tags", json={}).status_code < 500
            assert other.get("/api/v1/media").status_code == 200
        assert time.monotonic() - began < 5
