"""Rate against distortion, one small plot per job."""

import math
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot


@dataclass(frozen=True, slots=True)
class Point:
    """size in KB · ssim of luma."""

    job: str
    container: str
    name: str
    size: float
    ssim: float


def draw_plot(points: list[Point], container: str, *, folder: Path) -> Path:
    """Write rate-distortion-CONTAINER.svg: higher and further left is better."""
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
    figure.tight_layout()
    target = folder / f"rate-distortion-{container}.svg"
    matplotlib.rcParams["svg.hashsalt"] = "zoetrope"
    figure.savefig(target, metadata={"Date": None})
    pyplot.close(figure)
    return target
