"""What an instance costs while nobody wants anything: `python -m tests.bench.idle [--jobs 1000] [--rows 100000]`.

A private instance, measured for a minute by /proc when it is fresh, again after so many small pictures were made, and
on SQLite once more with copies of their rows (copies.py) for so many jobs.
"""

import argparse
import base64
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from animator.make.sample import render_sample
from tests.bench.document import commit, write_section
from tests.faults.instance import Instance, wait_for

SECONDS = 60
A_FLOW = 10
_COPIES = """
import random
from django.utils import timezone
from media_jobs.models import Media
from tests.bench.copies import Keys, Original
original, keys = Original(Media.objects.filter(tasks__isnull=False).first(), chance=random.Random(1)), Keys()
for _ in range({media} // 500):
    original.copy([timezone.now()] * 500, keys=keys)
"""
WANTED = 1.0  # percent of a processor, for all processes together


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: percent of a processor, and megabytes that are its own share."""

    name: str
    percent: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.idle", description="What an idle instance costs.")
    parser.add_argument("--jobs", type=int, default=1000, help="pictures to make before the second measuring (1,000)")
    parser.add_argument("--rows", type=int, default=100_000, help="jobs whose rows are there at the third (100,000)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md is (docs)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idle-") as folder:
        usual = {"ZOETROPE_LEASE_SECONDS": "30", "ZOETROPE_HEARTBEAT_SECONDS": "5", "ZOETROPE_WORKERS": "2"}
        instance = Instance(Path(folder), **usual).start()
        try:
            fresh = _measured(instance)
            _work(instance, jobs=options.jobs, folder=Path(folder))
            measured = {"fresh": fresh, f"after {options.jobs:,} pictures": _measured(instance)}
            if options.rows and not os.environ.get("DATABASE_URL"):
                _fill(instance, media=options.rows // A_FLOW)
                measured[f"with rows of {options.rows:,} jobs"] = _measured(instance)
        finally:
            instance.close()
    stores = "PostgreSQL and RabbitMQ" if os.environ.get("DATABASE_URL") else "SQLite and the embedded broker"
    write_section(options.docs, f"Idle, {stores}", _report(measured, stores=stores))


def _fill(instance: Instance, *, media: int) -> None:
    made = instance.manage("shell", "--no-imports", "-c", _COPIES.format(media=media))
    assert made.returncode == 0, made.stderr


def _work(instance: Instance, *, jobs: int, folder: Path) -> None:
    clip = render_sample(folder / "clip.mp4", seconds=1, width=64, height=36).read_bytes()
    template = instance.api.post("/templates", json={"format": "gif", "fps": 2, "width": 128}).json()
    steps = [{"definition": template["definition"], "start": 0, "end": 0.5}] * A_FLOW
    assert instance.api.post("/procedures", json={"name": "idle", "steps": steps}).status_code == 201
    for number in range(jobs // A_FLOW):
        _upload(instance, clip, number)
    wait_for(lambda: _made(instance) >= jobs // A_FLOW * A_FLOW, seconds=1800, what="the pictures")
    time.sleep(10)


def _upload(instance: Instance, clip: bytes, number: int) -> None:
    named = {"filename": f"clip{number}.mp4", "procedure": "idle"}
    encoded = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in named.items())
    tus = {"Tus-Resumable": "1.0.0"}
    head = {**tus, "Upload-Length": str(len(clip)), "Upload-Metadata": encoded}
    begun = instance.api.post("/uploads", headers=head)
    body = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    sent = instance.api.patch(str(httpx.URL(instance.url).join(begun.headers["Location"])), headers=body, content=clip)
    assert sent.status_code == 204, sent.text


def _made(instance: Instance) -> int:
    """On a connection of its own: one that lay idle may just be closed by the server."""
    answer = httpx.get(
        f"{instance.url}/api/v1/outputs", params={"limit": 1}, auth=instance.api.auth, timeout=60, trust_env=False
    )
    return int(answer.json()["count"])


def _measured(instance: Instance) -> list[Cost]:
    assert instance._process is not None
    time.sleep(5)
    before = {pid: _seconds(pid) for pid in _tree(instance._process.pid)}
    began = time.monotonic()
    time.sleep(SECONDS)
    took = time.monotonic() - began
    costs = [
        Cost(_name(pid), 100 * (_seconds(pid) - spent) / took, _memory(pid))
        for pid, spent in before.items()
        if Path(f"/proc/{pid}").exists()
    ]
    print(*costs, sep="\n", flush=True)
    return costs


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    known = {
        "supervisor.py": "supervisor", "config.web": "web", "-n pictures": "worker: pictures",
        "-n transfers": "worker: transfers", "animator": "codec server",
    }  # fmt: skip
    return next((name for part, name in known.items() if part in command), command[:40])


def _report(measured: dict[str, list[Cost]], *, stores: str) -> str:
    lines = [
        f"A whole instance on {stores}, {SECONDS} s of rest each, {os.cpu_count()} processors, load "
        f"{os.getloadavg()[0]:.0f}, commit {commit()}; percent of one processor, and each process's memory "
        f"at the end. Wanted: at most {WANTED:g} % for all together.",
        "",
        f"| process | {' | '.join(f'{when}, %' for when in measured)} | memory, MB |",
        f"|---{'|---' * len(measured)}|---|",
    ]
    last = list(measured.values())[-1]
    for name in [*dict.fromkeys(cost.name for costs in measured.values() for cost in costs), ""]:
        figures = [f"{sum(c.percent for c in costs if name in ('', c.name)):.2f}" for costs in measured.values()]
        memory = sum(cost.memory for cost in last if name in ("", cost.name))
        lines.append(f"| {name or 'all'} | {' | '.join(figures)} | {memory:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
