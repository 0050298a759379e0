"""The engine against its peers over all qualities: `python -m tests.bench.range [--media DIR] [--quick] [--docs docs]`.

Writes sections of performance.md, plots and every point (CSV) into --docs. A run measures only what is new: points that
docs/range-*.csv have, or var/bench/range, are taken from there while all that they depend on is the same. For the
engine's that is its sources; for the peers' the clip, the command and the versions, so that they are measured once.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench.document import write_section
from tests.bench.families import OUR_QUALITIES, OUR_QUICK, Family, families
from tests.bench.jobs import Job, has_alpha, jobs_of_folder
from tests.bench.measure import Meter
from tests.bench.plots import Point as Dot
from tests.bench.plots import draw_plot
from tests.bench.points import Points, Wanted
from tests.bench.range_report import Curve, report
from tests.bench.range_table import read, written
from tests.bench.rendered import rendered_jobs, rendered_sample

CACHE, DOCS = Path("var/bench"), Path("docs")
_TITLES = {"webp": "WebP over the whole range", "gif": "GIF over the whole range"}
_QUICK_EDGE, _QUICK_SECONDS, _QUICK_FPS = 400, 3.0, 12


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name, Meter() as meter:
        folder = Path(name)
        meter.of_warm_engine(rendered_sample(folder), folder / "first.webp")  # pays for lazy imports
        jobs = jobs_of_folder(options.media) if options.media else rendered_jobs(folder)
        jobs = [job for job in jobs if not options.jobs or job.name in options.jobs]
        jobs = list(_compared(jobs, quick=options.quick))
        kept = [point for table in sorted(DOCS.glob("range-*.csv")) for point in read(table.read_text())]
        points = Points(meter, CACHE / "range", kept)
        known = families(CACHE)
        curves = []
        for job in jobs:
            for container in options.formats:
                print(f"{job.name} {container}: {job}", flush=True)
                curves += _curves(points, job, container, known, quick=options.quick)
    for container in options.formats:
        chosen = [curve for curve in curves if curve.container == container]
        text = report(chosen)
        print(f"\n# {_TITLES[container]}\n\n{text}")
        if options.docs:
            _write(chosen, container, text, docs=options.docs, media=options.media)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.range", description="The engine over all qualities.")
    parser.add_argument("--media", type=Path, help="a folder of clips; without it clips are rendered")
    parser.add_argument("--jobs", nargs="*", help="only the jobs of these names")
    parser.add_argument("--formats", nargs="*", default=["gif", "webp"], choices=["gif", "webp"])
    parser.add_argument("--quick", action="store_true", help="few qualities, small and short pictures")
    parser.add_argument("--docs", type=Path, help="where performance.md, plots and points go; without it nowhere")
    return parser.parse_args()


def _compared(jobs: list[Job], *, quick: bool) -> Iterator[Job]:
    """Those that mean something: no clip with alpha, which peers drop, and none twice once they are small."""
    seen = set()
    for job in jobs:
        asked = _quick(job) if quick else job
        if str(asked) not in seen and not has_alpha(job.clip):
            seen.add(str(asked))
            yield asked


def _quick(job: Job) -> Job:
    small = min(1.0, _QUICK_EDGE / max(job.width, job.height))
    width, height = (max(2, 2 * round(edge * small / 2)) for edge in (job.width, job.height))
    seconds, fps = min(_QUICK_SECONDS, job.seconds), min(_QUICK_FPS, job.fps)
    return replace(job, width=width, height=height, seconds=seconds, fps=fps)


def _curves(points: Points, job: Job, container: str, known: list[Family], *, quick: bool) -> list[Curve]:
    wanted = [Wanted(None, container, quality) for quality in (OUR_QUICK if quick else OUR_QUALITIES)]
    for family in (family for family in known if family.container == container):
        wanted += [Wanted(family, container, quality) for quality in (family.quick if quick else family.qualities)]
    found = points.of(job, wanted)
    names = dict.fromkeys(one.name for one in wanted)
    return [
        Curve(job.name, str(job), container, name, [point for one, point in found.items() if one.name == name])
        for name in names
    ]


def _write(curves: list[Curve], container: str, text: str, *, docs: Path, media: Path | None) -> None:
    docs.mkdir(exist_ok=True)
    kind = container if media else f"{container}-rendered"
    dots = [
        Dot(curve.job, kind, curve.name, point.size / 1024, point.ssim) for curve in curves for point in curve.points
    ]
    plot = draw_plot(dots, kind, folder=docs, title="range")
    table = docs / f"range-{kind}.csv"
    table.write_text(written(curves))
    title = _TITLES[container] + ("" if media else " on clips rendered here")
    links = f"![{title}]({plot.name})\n\nEvery point: [{table.name}]({table.name}).\n"
    write_section(docs, title, f"{text}\n{links}")


if __name__ == "__main__":
    main()
