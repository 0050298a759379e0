"""The engine inside a running worker: `python -m tests.bench.warm`, one job as JSON a line in, its cost out."""

import json
import resource
import sys
import time
from pathlib import Path

from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_cost(**json.loads(line))), flush=True)


def _cost(*, clip: str, target: str, start: float, end: float, spec: dict[str, object]) -> dict[str, float]:
    """wall and cpu in seconds, memory (the peak during the job) in MB."""
    Path("/proc/self/clear_refs").write_text("5")  # starts the peak anew
    began, before = time.perf_counter(), _cpu()
    animate(Path(clip), Path(target), Order(spec=AnimationSpec.from_dict(spec), start=start, end=end))
    return {"wall": time.perf_counter() - began, "cpu": _cpu() - before, "memory": _peak()}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
