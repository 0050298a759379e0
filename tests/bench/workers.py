"""Pictures a minute with 1, 2 and 4 workers: `python -m tests.bench.workers [--media DIR] [--docs docs]`.

A web host on PostgreSQL and RabbitMQ (ZOETROPE_TEST_DATABASE_URL, ZOETROPE_TEST_BROKER_URL) and worker processes of one
slot each, all on this machine. A queue of pictures is asked for when the workers are there, and timed until the last
has ended; then the same pictures by as many of the engine's children alone. Writes a section of docs/scale.md.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from animator.confine.sandbox import Sandbox
from animator.core.order import AnimationSpec, Order
from animator.make.sample import render_sample
from tests.bench.document import commit, write_section
from tests.bench.jobs import longest_of_folder
from tests.faults.instance import Instance, wait_for
from tests.services import BROKER, DATABASE

WORKERS = (1, 2, 4)
TASKS, STEPS = 6, 10
START, END = 1.0, 4.0
ENVIRONMENT = {
    "ZOETROPE_ROLE": "web",
    "ZOETROPE_SHARED_STORAGE": "1",
    "DJANGO_SECRET_KEY": "the same in every process of this bench",
    "ZOETROPE_LEASE_SECONDS": "30",
    "ZOETROPE_HEARTBEAT_SECONDS": "5",
}
_ALIVE = "from media_jobs.jobs.selectors import live_workers; print(live_workers().count())"


@dataclass(frozen=True, slots=True)
class Row:
    """`service` and `engine` are pictures a minute."""

    workers: int
    service: float
    engine: float

    def __str__(self) -> str:
        return f"| {self.workers} | {self.service:.0f} | {self.engine:.0f} | {self.service / self.engine:.2f} |"


def measured(clip: Path, folder: Path, *, workers: int) -> Row:
    with _running(folder, workers=workers) as instance:
        file_id = instance.api.post("/media", files={"file": ("a.mp4", clip.read_bytes())}).json()["file_id"]
        wait_for(lambda: _is_looked_at(instance, file_id), seconds=60, what="the look at the upload")
        template = {"name": "scale", "format": "webp", "width": 640, "fps": 15}
        definition = instance.api.post("/templates", json=template).raise_for_status().json()["definition"]
        service = _a_minute(lambda: _queued(instance, file_id, definition))
    return Row(workers, service, _a_minute(lambda: _alone(clip, folder, at_once=workers)))


@contextmanager
def _running(folder: Path, *, workers: int) -> Iterator[Instance]:
    with mock.patch.dict(os.environ, DATABASE_URL=DATABASE, BROKER_URL=BROKER):
        instance = Instance(folder, **ENVIRONMENT)
    try:
        instance.launch()
        wait_for(instance.answers, seconds=120, what="the web host")
        for _ in range(workers):
            instance.start_worker()
        wait_for(lambda: _alive(instance) == workers, seconds=60, what=f"{workers} workers")
        yield instance
    finally:
        instance.close()


def _alive(instance: Instance) -> int:
    return int(instance.manage("shell", "--no-imports", "-c", _ALIVE).stdout)


def _is_looked_at(instance: Instance, file_id: str) -> bool:
    return bool(instance.api.get(f"/media/{file_id}").json()["state"] == "normal")


def _queued(instance: Instance, file_id: str, definition: int) -> None:
    steps = [{"definition": definition, "start": START, "end": END}] * STEPS
    answers = [instance.api.post(f"/media/{file_id}/process", json={"steps": steps}) for _ in range(TASKS)]
    for answer in answers:
        task = f"/tasks/{answer.raise_for_status().json()['task_id']}"
        while (told := instance.api.get(task, params={"wait": 30}).json())["status"] != "FINISH":
            pass
        assert all(job["state"] == "SUCCESS" for job in told["jobs"]), told


def _alone(clip: Path, folder: Path, *, at_once: int) -> None:
    order = Order(spec=AnimationSpec(format="webp", width=640, fps=15), start=START, end=END)
    sandbox = Sandbox()
    try:
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda n: sandbox.animate(clip, folder / f"{n}.webp", order), range(TASKS * STEPS)))
    finally:
        sandbox.close()


def _a_minute(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return TASKS * STEPS / (time.perf_counter() - began) * 60


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.workers", description="Pictures a minute by workers.")
    parser.add_argument("--media", type=Path, help="a folder of clips, of which the longest is taken")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where scale.md is (docs)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clip = longest_of_folder(options.media) if options.media else render_sample(root / "sample.mp4", seconds=8)
        rows = [measured(clip, _folder(root, workers), workers=workers) for workers in WORKERS]
    text = _TEXT.format(
        cpus=os.cpu_count(), load=os.getloadavg()[0], commit=commit(), count=TASKS * STEPS, name=clip.name,
        rows="\n".join(str(row) for row in rows),
    )  # fmt: skip
    print(text)
    write_section(options.docs, "Measured", text, page="scale.md")


def _folder(root: Path, workers: int) -> Path:
    folder = root / str(workers)
    folder.mkdir()
    return folder


_TEXT = """{count} pictures of {name} at once (3 s at 640 px, 15 a second, WebP), PostgreSQL and RabbitMQ,
worker processes of one slot each; web host, database, broker and workers share {cpus} processors
(load at the end {load:.1f}, commit {commit}).

| workers | pictures a minute | the engine alone, as many at once | |
|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    main()
