"""What effort costs and saves: `python -m tests.bench.effort [--media DIR] [--jobs NAME…] [--formats gif webp]`.

Processor time of whole jobs in a warm process, decoding and scaling included, and bytes, at quality 75. The efforts
take turns, and the median of their ratios within a turn is told, as a share of effort 2's.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from animator.core.order import BALANCED, EFFORTS
from tests.bench.jobs import Job, jobs_of_folder
from tests.bench.measure import Meter
from tests.bench.rendered import rendered_jobs, rendered_sample


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name, Meter() as meter:
        folder = Path(name)
        jobs = jobs_of_folder(options.media) if options.media else rendered_jobs(folder)
        for container in options.formats:
            meter.of_warm_engine(rendered_sample(folder), folder / f"first.{container}")  # pays for lazy imports
            print(f"\n| {container}: processor time / bytes | {' | '.join(f'effort {one}' for one in EFFORTS)} |")
            print("|---" * (1 + len(EFFORTS)) + "|")
            for job in jobs:
                if not options.jobs or job.name in options.jobs:
                    print(_row(meter, job, folder / f"out.{container}", turns=options.turns), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.effort", description="What effort costs and saves.")
    parser.add_argument("--media", type=Path, help="a folder of clips; without it clips are rendered")
    parser.add_argument("--jobs", nargs="*", help="only the jobs of these names")
    parser.add_argument("--formats", nargs="*", default=["gif", "webp"], choices=["gif", "webp"])
    parser.add_argument("--turns", type=int, default=5, help="how often each effort is measured (5)")
    return parser.parse_args()


def _row(meter: Meter, job: Job, target: Path, *, turns: int) -> str:
    times: dict[int, list[float]] = {effort: [] for effort in EFFORTS}
    sizes = {}
    for _ in range(turns):
        for effort in EFFORTS:
            times[effort].append(meter.of_warm_engine(job, target, effort=effort).cpu)
            sizes[effort] = target.stat().st_size
    shares = {
        effort: median(one / usual for one, usual in zip(times[effort], times[BALANCED], strict=True))
        for effort in EFFORTS
    }
    told = " | ".join(f"{shares[one]:.2f} / {sizes[one] / sizes[BALANCED]:.2f}" for one in EFFORTS)
    return f"| {job.name} | {told} |"


if __name__ == "__main__":
    main()
