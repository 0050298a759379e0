"""Rate against distortion, one small plot per job; and what grows with what."""

import math
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.figure import Figure

from tests.bench.measure import Cost


@dataclass(frozen=True, slots=True)
class Point:
    """One file: its `size` in KB and its `ssim`, which is that of luma."""

    job: str
    container: str
    name: str
    size: float
    ssim: float


def draw_plot(points: list[Point], container: str, *, folder: Path, title: str = "rate-distortion") -> Path:
    """Write TITLE-CONTAINER.svg: higher and further left is better."""
    chosen = [point for point in points if point.container == container]
    jobs = list(dict.fromkeys(point.job for point in chosen))
    columns = min(4, len(jobs))
    rows = math.ceil(len(jobs) / columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(3.2 * columns, 2.8 * rows), squeeze=False)
    for axis in axes.flat[len(jobs) :]:
        axis.remove()
    for axis, job in zip(axes.flat, jobs, strict=False):
        axis.set_title(job, fontsize=9)
        axis.tick_params(labelsize=7)
        for name in dict.fromkeys(point.name for point in chosen):
            line = sorted((point.size, point.ssim) for point in chosen if (point.job, point.name) == (job, name))
            axis.plot(*zip(*line, strict=True), marker="o", markersize=3, label=name, linewidth=1)
    axes[0, 0].set_ylabel("SSIM-Y", fontsize=8)
    axes[-1, 0].set_xlabel("KB", fontsize=8)
    axes[0, 0].legend(fontsize=6)
    return _saved(figure, folder / f"{title}-{container}.svg")


@dataclass(frozen=True, slots=True)
class Curve:
    """One contestant's costs at each value of what grows."""

    title: str
    unit: str
    name: str
    at: tuple[float, ...]
    costs: tuple[Cost, ...]


def draw_curves(curves: list[Curve], target: Path) -> Path:
    """Processor time above, memory below; one column for each thing that grows."""
    titles = list(dict.fromkeys(curve.title for curve in curves))
    figure, axes = pyplot.subplots(2, len(titles), figsize=(3.4 * len(titles), 5.2), squeeze=False)
    for column, title in enumerate(titles):
        for row, field in enumerate(("cpu", "memory")):
            axis = axes[row, column]
            for curve in (curve for curve in curves if curve.title == title):
                values = [getattr(cost, field) for cost in curve.costs]
                axis.plot(curve.at, values, marker="o", markersize=3, linewidth=1, label=curve.name)
            axis.set_ylim(bottom=0)
            axis.tick_params(labelsize=7)
        axes[0, column].set_title(title, fontsize=9)
        axes[0, column].legend(fontsize=6)
        axes[1, column].set_xlabel(next(curve.unit for curve in curves if curve.title == title), fontsize=8)
    axes[0, 0].set_ylabel("processor s", fontsize=8)
    axes[1, 0].set_ylabel("memory MB", fontsize=8)
    return _saved(figure, target)


def _saved(figure: Figure, target: Path) -> Path:
    """Always the same bytes for the same figures."""
    figure.tight_layout()
    matplotlib.rcParams["svg.hashsalt"] = "zoetrope"
    figure.savefig(target, metadata={"Date": None})
    pyplot.close(figure)
    return target
