"""The engine against its peers: `python -m tests.bench.run [--media DIR] [--jobs J1 J2] [--runs 3] [--docs docs]`.

Contestants take turns within each run, so that a busy machine is busy for all; ratios are taken within a run, and the
median of the runs counts. Writes sections of performance.md and its plots into --docs.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.document import write_section
from tests.bench.jobs import Job, jobs_of_folder
from tests.bench.measure import Cost, Meter
from tests.bench.peers import Peer, peers
from tests.bench.plots import Point, draw_plot
from tests.bench.quality import Judges
from tests.bench.rendered import rendered_jobs, rendered_sample
from tests.bench.report import Measured, report

CACHE = Path("var/bench")
OUR_QUALITIES = (40.0, 60.0, 75.0, 90.0)
_TITLES = {"webp": "WebP against other tools", "gif": "GIF against other tools"}


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share: tools, and a folder for what they write."""

    meter: Meter
    peers: list[Peer]
    folder: Path

    def contestants(self, container: str) -> list[str]:
        return ["engine, warm", "engine, cold", *(peer.name for peer in self.peers if peer.container == container)]

    def cost(self, name: str, job: Job, target: Path, *, quality: float | None = None) -> Cost:
        if name == "engine, warm":
            return self.meter.of_warm_engine(job, target, quality=quality or 75)
        if name == "engine, cold":
            return self.meter.of_cold_engine(job, target)
        peer = next(peer for peer in self.peers if peer.name == name)
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            return self.meter.of_commands(peer.commands(job, target, Path(work), quality or peer.quality))


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name, Meter() as meter:
        folder = Path(name)
        meter.of_warm_engine(rendered_sample(folder), folder / "first.webp")  # pays for lazy imports
        jobs = jobs_of_folder(options.media) if options.media else rendered_jobs(folder)
        jobs = [job for job in jobs if not options.jobs or job.name in options.jobs]
        bench = Bench(meter, peers(CACHE), folder)
        measured, points = [], []
        for job in jobs:
            for container in options.formats:
                print(f"{job.name} {container}: {job}", flush=True)
                with Judges(job) as judges:
                    measured += list(_measured(bench, job, container, runs=options.runs, judges=judges))
                    points += list(_points(bench, job, container, judges=judges)) if options.plots else []
    options.docs.mkdir(exist_ok=True)
    for container in options.formats:
        title = _TITLES[container] + ("" if options.media else " on clips rendered here")
        rows = [row for row in measured if row.container == container]
        plots = [draw_plot(points, container, folder=options.docs)] if options.plots else []
        write_section(options.docs, title, report(rows, plots=plots, runs=options.runs))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.run", description="The engine against its peers.")
    parser.add_argument("--media", type=Path, help="a folder of clips; without it clips are rendered")
    parser.add_argument("--jobs", nargs="*", help="only the jobs of these names")
    parser.add_argument("--formats", nargs="*", default=["webp", "gif"], choices=["webp", "gif"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md and plots go (docs)")
    parser.add_argument("--no-plots", dest="plots", action="store_false", help="leave out the rate-distortion plots")
    return parser.parse_args()


def _measured(bench: Bench, job: Job, container: str, *, runs: int, judges: Judges) -> Iterator[Measured]:
    """All contestants, each as often as `runs` says, in turns; quality once, as each writes the same file again."""
    names = bench.contestants(container)
    targets = {name: bench.folder / f"{place}.{container}" for place, name in enumerate(names)}
    turns = [{name: bench.cost(name, job, targets[name]) for name in names} for _ in range(runs)]
    ours = [(turn["engine, warm"], turn["engine, cold"]) for turn in turns]
    for name, quality in zip(names, judges.qualities([targets[name] for name in names]), strict=True):
        costs = [turn[name] for turn in turns]
        yield Measured(
            job=job.name,
            about=str(job),
            container=container,
            name=name,
            cost=_median(costs),
            warm_ratio=_ratio([warm for warm, _ in ours], costs),
            cold_ratio=_ratio([cold for _, cold in ours], costs),
            size=targets[name].stat().st_size,
            quality=quality,
        )


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(cost, field) for cost in costs) for field in ("wall", "cpu", "memory")))


def _ratio(ours: list[Cost], theirs: list[Cost]) -> Cost:
    ratios = [Cost(a.wall / b.wall, a.cpu / b.cpu, a.memory / b.memory) for a, b in zip(ours, theirs, strict=True)]
    return _median(ratios)


def _points(bench: Bench, job: Job, container: str, *, judges: Judges) -> Iterator[Point]:
    wanted = [("engine, warm", quality) for quality in OUR_QUALITIES]
    for peer in bench.peers:
        if peer.container == container and (peer.qualities or peer.name == "ffmpeg palettegen"):
            wanted += [(peer.name, quality) for quality in peer.qualities or (peer.quality,)]
    targets = [bench.folder / f"point{place}.{container}" for place in range(len(wanted))]
    for (name, quality), target in zip(wanted, targets, strict=True):
        bench.cost(name, job, target, quality=quality)
    for (name, _), target, found in zip(wanted, targets, judges.qualities(targets), strict=True):
        yield Point(job.name, container, name, target.stat().st_size / 1024, found.ssim)


if __name__ == "__main__":
    main()
