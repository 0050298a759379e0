"""What others notice of a crowd that stalls: `python -m tests.bench.crowd [--crowd 500] [--seconds 60]`.

A private instance; latencies of /livez and of a list, alone and beside so many stalled readers of one public file and
as many uploads that stopped after 100 KB.
"""

import argparse
import base64
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.faults.instance import SECRET_ID, SECRET_KEY, Instance
from tests.integration.web.crowds import head, stalled

MIB = 2**20
SETTLING = 5.0  # seconds until a crowd has come in: a thousand requests within a moment are another figure
PATHS = ("/livez", "/api/v1/media")
_BASIC = "Basic " + base64.b64encode(f"{SECRET_ID}:{SECRET_KEY}".encode()).decode()
_TUS = {"Tus-Resumable": "1.0.0"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crowd", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each half is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder))
        try:
            instance.start()
            _compare(instance, crowd=options.crowd, seconds=options.seconds / 2)
        finally:
            instance.close()


def _compare(instance: Instance, *, crowd: int, seconds: float) -> None:
    alone: dict[str, list[float]] = {path: [] for path in PATHS}
    beside: dict[str, list[float]] = {path: [] for path in PATHS}
    source = _source(instance)
    writing = [_patch(instance) for _ in range(crowd)]
    _measure(instance, alone, seconds=seconds)
    with ExitStack() as stack:
        reading = head(f"GET {source}", instance.port)
        stack.enter_context(stalled(instance.port, count=crowd, said=reading, tiny_window=True))
        for said in writing:
            stack.enter_context(stalled(instance.port, count=1, said=said))
        time.sleep(SETTLING)
        _measure(instance, beside, seconds=seconds)
    print(f"{crowd} readers and {crowd} writers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| asked | N | p50 ms alone | beside | p95 ms alone | beside |\n|---|---|---|---|---|---|")
    for path in PATHS:
        figures = [f"{share(times) * 1000:.1f}" for share in (_p50, _p95) for times in (alone[path], beside[path])]
        print(f"| {path} | {len(alone[path])} + {len(beside[path])} | {' | '.join(figures)} |")


def _measure(instance: Instance, into: dict[str, list[float]], *, seconds: float) -> None:
    ended = time.monotonic() + seconds
    with httpx.Client(base_url=instance.url, auth=(SECRET_ID, SECRET_KEY), trust_env=False, timeout=60) as client:
        while time.monotonic() < ended:
            for path in PATHS:
                began = time.monotonic()
                assert client.get(path).status_code == 200
                into[path].append(time.monotonic() - began)
            time.sleep(0.02)


def _source(instance: Instance) -> str:
    sent = instance.api.post("media", files={"file": ("a.mp4", os.urandom(24 * MIB))}).json()
    address: str = instance.api.get(f"media/{sent['file_id']}").json()["source_url"]
    return address.removeprefix(instance.url)


def _patch(instance: Instance) -> bytes:
    """The first 100 KB of a new upload that says it has 1 MiB."""
    name = base64.b64encode(b"a.mp4").decode()
    headers = {**_TUS, "Upload-Length": str(MIB), "Upload-Metadata": f"filename {name}"}
    made = instance.api.post("uploads", headers=headers)
    assert made.status_code == 201, made.text
    path = made.headers["Location"]
    fields = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Length": str(MIB), "Authorization": _BASIC}
    return (
        head(f"PATCH {path}", instance.port, Content_Type="application/offset+octet-stream", **fields) + b"x" * 100_000
    )


def _p50(times: list[float]) -> float:
    return statistics.median(times)


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
