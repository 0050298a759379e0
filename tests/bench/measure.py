"""How long, how much processor, how much memory: of a peer's processes, and of the engine inside a running worker."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from animator.core.order import BALANCED
from tests.bench.jobs import Job


@dataclass(frozen=True, slots=True)
class Cost:
    """`wall` and `cpu` are in seconds; `memory` is the largest process's peak, in MB."""

    wall: float
    cpu: float
    memory: float


class Meter:
    """Two helper processes: one that starts commands, one that has the engine's codecs imported already."""

    def __init__(self) -> None:
        self._launcher = _helper("tests.bench.launcher")
        self._engine = _helper("tests.bench.warm")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for helper in (self._launcher, self._engine):
            helper.communicate()

    def of_commands(self, commands: list[list[str]]) -> Cost:
        """Of processes run one after the other, their children included."""
        return _asked(self._launcher, commands)

    def of_warm_engine(self, job: Job, target: Path, *, quality: float = 75, effort: int = BALANCED) -> Cost:
        spec = {"format": target.suffix[1:], "fps": job.fps, "width": job.width, "height": job.height}
        spec |= {"quality": quality, "effort": effort, "adaptive": False}
        times = {"start": job.start, "end": job.start + job.seconds}
        return _asked(self._engine, {"clip": str(job.clip), "target": str(target), "spec": spec} | times)

    def of_cold_engine(self, job: Job, target: Path) -> Cost:
        edges = ["--width", str(job.width), "--height", str(job.height), "--no-adaptive", "--fps", str(job.fps)]
        times = ["--start", str(job.start), "--end", str(job.start + job.seconds)]
        return self.of_commands([[sys.executable, "-m", "animator", str(job.clip), str(target), *times, *edges]])


def _helper(module: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _asked(helper: "subprocess.Popen[str]", question: Any) -> Cost:
    assert helper.stdin and helper.stdout
    helper.stdin.write(json.dumps(question) + "\n")
    helper.stdin.flush()
    answer = helper.stdout.readline()
    if not answer:
        raise RuntimeError(f"{helper.args} failed on {question}")
    return Cost(**json.loads(answer))
