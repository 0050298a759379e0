"""A large source on a slow S3 server, and ten pictures of it: `python -m tests.bench.large_source [--gigabytes 10]`.

A private instance whose bucket gives `--rate` megabytes a second in all; the source is there already, as if another
host had taken it in. What counts is how often it is fetched, how many attempts that takes, and how it ends.
"""

import argparse
import json
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.faults.instance import Instance, wait_for
from tests.unit.animator.clips import Clip, render

MB = 10**6
PICTURES = 10
_BLOCK = 256 * 1024
_BRING_IN = """
from applications.models import Application
from media_jobs.models import Upload
from media_jobs.uploads import services
from media_jobs.uploads.media import make_media
from media_jobs.uploads.part import part_path
wanted = services.Wanted(name="large.mp4", length={size}, procedure="ten")
upload = services.begin(application=Application.objects.get(), wanted=wanted, door="api3")
part_path(upload.id).unlink()
Upload.objects.filter(pk=upload.pk).update(offset={size})
make_media(upload.id, waits_on="")
"""
_LOOK = """
import json
from media_jobs.models import Job
rows = Job.objects.values_list("kind", "state", "attempts", "crashes", "message")
print(json.dumps([list(map(str, row)) for row in rows]))
"""


@dataclass
class Bucket:
    """What an S3 server does for a source that is there and for small files, at so many bytes a second in all."""

    source: Path
    rate: float
    asked: int = 0
    given: int = 0
    kept: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: float = 0.0

    def wait(self, size: int) -> None:
        """Until the line has room for `size` bytes more."""
        with self._lock:
            self.given += size
            now = time.monotonic()
            self._free_at = max(now, self._free_at) + size / self.rate
            pause = self._free_at - now
        time.sleep(pause)


@dataclass(frozen=True)
class Found:
    """`jobs`: of each (kind, state, attempts, crashes, message); `asked`, `given`: GETs of the source, its bytes."""

    jobs: list[list[str]]
    asked: int
    given: int
    seconds: float


def measured(folder: Path, *, size: int, rate: float) -> Found:
    """Ten pictures of a source of `size` bytes that comes at `rate` bytes a second. The lease is 4 s."""
    source = _large(folder / "source.mp4", size=size)
    with _served(Bucket(source, rate)) as (bucket, port):
        url = f"s3://bench:bench@127.0.0.1:{port}/media?tls=0"
        (folder / "instance").mkdir()
        instance = Instance(folder / "instance", STORAGE_URL=url, ZOETROPE_WORKERS="2").start()
        try:
            steps = [{"definition": 20000, "start": n / 10, "end": n / 10 + 1} for n in range(PICTURES)]
            made = instance.api.post("/procedures", json={"name": "ten", "steps": steps})
            assert made.status_code == 201, made.text
            began = time.monotonic()
            _shell(instance, _BRING_IN.format(size=size))
            limit = 3 * size / rate + 300
            wait_for(lambda: _ended(instance), seconds=limit, what="ten pictures and an analysis")
            seconds = time.monotonic() - began
            jobs = json.loads(_shell(instance, _LOOK).splitlines()[-1])
            return Found(jobs, bucket.asked, bucket.given, seconds)
        finally:
            instance.close()


def _ended(instance: Instance) -> bool:
    """Also the analysis: the media has metadata, or a problem."""
    (media,) = instance.api.get("/media").json()["results"]
    tasks = instance.api.get("/tasks").json()["results"]
    return bool(media["metadata"] or media["problem"]) and all(task["status"] == "FINISH" for task in tasks)


def _shell(instance: Instance, code: str) -> str:
    done = instance.manage("shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _large(path: Path, *, size: int) -> Path:
    """A proper MP4 with a box behind it that fills it up, of which the disk holds nothing."""
    render(path, Clip(muxer={"movflags": "faststart"}))
    with path.open("ab") as file:
        file.write(struct.pack(">I4sQ", 1, b"free", size - path.stat().st_size))
        file.truncate(size)
    return path


@contextmanager
def _served(bucket: Bucket) -> Iterator[tuple[Bucket, int]]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._send(body=False)

        def do_GET(self) -> None:
            self._send(body=True)

        def do_PUT(self) -> None:
            bucket.kept[self._key] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, {"ETag": '"kept"'})

        def do_DELETE(self) -> None:
            bucket.kept.pop(self._key, None)
            self._answer(204, {})

        @property
        def _key(self) -> str:
            return self.path.partition("?")[0]

        def _send(self, *, body: bool) -> None:
            if self._key.endswith("/v.mp4"):
                return self._send_source(body=body)
            if self._key in bucket.kept:
                return self._answer(200, {"ETag": '"kept"'}, bucket.kept[self._key], body=body)
            if self._key.strip("/") == "media":
                return self._answer(200, {}, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            self._answer(404, {}, b"<Error><Code>NoSuchKey</Code></Error>", body=body)

        def _send_source(self, *, body: bool) -> None:
            size = bucket.source.stat().st_size
            first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last or size - 1), size - 1)
            head = {"ETag": '"source"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "Accept-Ranges": "bytes"}
            if "Range" in self.headers:
                head["Content-Range"] = f"bytes {begin}-{end}/{size}"
            self._begin(206 if "Range" in self.headers else 200, head, length=end + 1 - begin)
            if not body:
                return
            bucket.asked += 1
            with bucket.source.open("rb") as file:
                file.seek(begin)
                left = end + 1 - begin
                while left and (block := file.read(min(_BLOCK, left))):
                    bucket.wait(len(block))
                    self.wfile.write(block)
                    left -= len(block)

        def _answer(self, status: int, head: dict[str, str], content: bytes = b"", *, body: bool = True) -> None:
            self._begin(status, head, length=len(content))
            if body:
                self.wfile.write(content)

        def _begin(self, status: int, head: dict[str, str], *, length: int) -> None:
            self.send_response(status)
            for name, text in head.items():
                self.send_header(name, text)
            if status != 204:
                self.send_header("Content-Length", str(length))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield bucket, server.server_address[1]
        server.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=20, help="megabytes a second")
    wanted = parser.parse_args()
    size = int(wanted.gigabytes * 1000 * MB)
    with tempfile.TemporaryDirectory(prefix="zoetrope-large-") as folder:
        found = measured(Path(folder), size=size, rate=wanted.rate * MB)
    ended = sum(state == "SUCCESS" for _, state, *_ in found.jobs)
    print(f"{len(found.jobs)} jobs, {ended} SUCCESS, attempts {sorted({job[2] for job in found.jobs})}", end=", ")
    print(
        f"crashes {sorted({job[3] for job in found.jobs})}; fetched {found.given / size:.3f} times, {found.asked} GETs"
    )
    print(f"{found.seconds:.0f} s for {size / MB:.0f} MB at {wanted.rate:g} MB/s; load {os.getloadavg()[0]:.1f}")
    for job in found.jobs:
        if job[1] != "SUCCESS":
            print(job)


if __name__ == "__main__":
    main()
