"""What the service adds to the engine: `python -m tests.bench.service [--media DIR] [--docs docs]`.

A private console and worker on the embedded default, spoken to over REST. Latency: from the answer to an upload until
its picture is in the list of outputs, beside the same picture made by the engine alone. Throughput: a queue of
pictures, beside the same number made by as many of the engine's children at a time. Writes a section of performance.md.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from animator.confine.sandbox import Sandbox
from animator.core.order import AnimationSpec, Order
from animator.make.sample import render_sample
from tests.bench.document import write_section
from tests.bench.jobs import longest_of_folder
from tests.faults.instance import Instance, wait_for

START, END = 1.0, 4.0
TEMPLATE = {"format": "webp", "width": 640, "fps": 15}
UPLOADS, QUEUED, ROUNDS = 15, 24, 3
IDLE_SECONDS = 2.0  # enough for what an upload starts beside its picture
SLOTS = os.cpu_count() or 1
# The defaults; the fault tests, whose Instance this is, are less patient.
PATIENCE = {"ZOETROPE_LEASE_SECONDS": "30", "ZOETROPE_HEARTBEAT_SECONDS": "5"}


@dataclass(frozen=True, slots=True)
class Bench:
    """One clip, by way of the service and by the engine alone."""

    instance: Instance
    sandbox: Sandbox
    clip: Path
    folder: Path
    definition: int

    def latencies(self) -> tuple[float, float]:
        """Of the service and of the engine alone, each with the machine to itself."""
        service = self.uploaded()
        time.sleep(IDLE_SECONDS)
        return service, self.alone()

    def uploaded(self) -> float:
        """Seconds from the answer to an upload until its picture is there."""
        answer = self.instance.api.post(
            "/media", data={"procedure": "bench"}, files={"file": (self.clip.name, self.clip.read_bytes())}
        )
        task_id = answer.raise_for_status().json()["task_id"]
        return _seconds(lambda: self._wait_for_outputs(task_id, count=1))

    def queued(self, file_id: str) -> float:
        steps = [{"definition": self.definition, "start": START, "end": END}] * QUEUED

        def process() -> None:
            answer = self.instance.api.post(f"/media/{file_id}/process", json={"steps": steps})
            self._wait_for_outputs(answer.raise_for_status().json()["task_id"], count=QUEUED)

        return _seconds(process)

    def alone(self) -> float:
        return _seconds(lambda: self._animate(0))

    def queued_alone(self) -> float:
        def animate_all() -> None:
            with ThreadPoolExecutor(SLOTS) as pool:
                list(pool.map(self._animate, range(QUEUED)))

        return _seconds(animate_all)

    def _animate(self, number: int) -> None:
        spec = AnimationSpec(format="webp", width=640, fps=15)
        self.sandbox.animate(self.clip, self.folder / f"{number}.webp", Order(spec=spec, start=START, end=END))

    def _wait_for_outputs(self, task_id: str, *, count: int) -> None:
        """By long polls, as a sparing client would: asking all the time takes what the codecs need."""
        while self.instance.api.get(f"/tasks/{task_id}", params={"wait": 30}).json()["status"] != "FINISH":
            pass
        outputs = self.instance.api.get("/outputs", params={"task_id": task_id, "limit": 1})
        assert outputs.raise_for_status().json()["count"] == count


def main() -> None:
    options = _options()
    options.docs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = longest_of_folder(options.media) if options.media else render_sample(folder / "sample.mp4", seconds=8)
        instance, sandbox = Instance(folder, **PATIENCE), Sandbox()
        try:
            text = _measured(instance.start(), sandbox, clip, folder)
        finally:
            instance.close()
            sandbox.close()
    print(text)
    write_section(options.docs, "The service beside the engine", text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.service", description="What the service adds.")
    parser.add_argument("--media", type=Path, help="a folder of clips, of which the longest is taken")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md is (docs)")
    return parser.parse_args()


def _measured(instance: Instance, sandbox: Sandbox, clip: Path, folder: Path) -> str:
    definition = instance.api.post("/templates", json=TEMPLATE).raise_for_status().json()["definition"]
    step = {"definition": definition, "start": START, "end": END}
    instance.api.post("/procedures", json={"name": "bench", "steps": [step]}).raise_for_status()
    bench = Bench(instance, sandbox, clip, folder, definition)
    bench.uploaded(), bench.alone()  # the first of each starts servers
    time.sleep(IDLE_SECONDS)
    file_id = wait_for(lambda: instance.api.get("/media").json()["results"], seconds=10, what="media")[0]["file_id"]
    latencies = [bench.latencies() for _ in range(UPLOADS)]
    rounds = [(bench.queued(file_id), bench.queued_alone()) for _ in range(ROUNDS)]
    return _report(clip, latencies, rounds)


def _seconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _report(clip: Path, latencies: list[tuple[float, float]], rounds: list[tuple[float, float]]) -> str:
    service, alone = (statistics.median(column) for column in zip(*latencies, strict=True))
    added = statistics.median(service - alone for service, alone in latencies)
    queued, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
    share = statistics.median(bare / queued for queued, bare in rounds)
    return _TEXT.format(
        name=clip.name, uploads=UPLOADS, service=service, alone=alone, added=added * 1000, queue=QUEUED, rounds=ROUNDS,
        queued=queued, bare=bare, share=share, slots=SLOTS, cpus=os.cpu_count(),
    )  # fmt: skip


_TEXT = """One console and worker on the embedded default, {cpus} processors; {name}, 3 s at 640 px, 15 a second, WebP.

| | service | engine alone | |
|---|---|---|---|
| answer to an upload → picture in the list of outputs (median of {uploads}) | {service:.2f} s | {alone:.2f} s | \
+{added:.0f} ms |
| {queue} pictures asked for at once, {slots} at a time (median of {rounds}) | {queued:.1f} s | {bare:.1f} s | \
{share:.2f} of its throughput |

Beside the picture the service also looks at the upload and makes its cover, which the engine alone does not.
"""


if __name__ == "__main__":
    main()
