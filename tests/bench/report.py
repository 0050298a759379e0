"""What docs/performance.md tells of the engine and its peers: every figure, and where the engine loses."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.measure import Cost
from tests.bench.quality import Quality

_ENGINE = "engine, "


@dataclass(frozen=True, slots=True)
class Measured:
    """One contestant on one job.

    `cost` is the median. `warm_ratio` and `cold_ratio` are the engine's cost divided by this one's.
    """

    job: str
    about: str
    container: str
    name: str
    cost: Cost
    warm_ratio: Cost
    cold_ratio: Cost
    size: int
    quality: Quality


def report(rows: list[Measured], *, plots: list[Path], runs: int) -> str:
    """The section on one container's contestants."""
    head = _HEAD.format(runs=runs, cpus=os.cpu_count(), load=os.getloadavg()[0])
    parts = [head, *_against(rows), *_losses(rows), *_jobs(rows)]
    return "\n".join([*parts, *(f"![Rate against distortion]({plot.name})\n" for plot in plots)])


_HEAD = """{runs} interleaved runs on {cpus} processors (load {load:.1f} at the end), medians, ratios within a run.
Equal scaler flags for all. *Warm* is the engine inside a running worker, *cold* is `python -m animator`. SSIM-Y, PSNR-Y
and blur (PSNR of RGB after a gaussian of 1.2 pixels) compare what Pillow shows in the middle of each tick with the
scaled source. A ratio below 1 and a difference above 0 are in the engine's favour. Judge memory by *cold*: the process
that stands for a worker keeps what larger jobs before have left in it, which a worker's own children don't.
"""


def _against(rows: list[Measured]) -> Iterator[str]:
    """The engine against each peer: geometric means over the jobs, and the worst job."""
    yield "| engine | against | wall | CPU | memory | bytes | SSIM-Y | PSNR-Y | blur |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for start in ("warm", "cold"):
        for peer in dict.fromkeys(row.name for row in rows if not row.name.startswith(_ENGINE)):
            yield _against_one([row for row in rows if row.name == peer], _ours(rows), start=start, peer=peer)
    yield "\nMeans over the jobs, the worst job in brackets.\n"


def _ours(rows: list[Measured]) -> dict[str, Measured]:
    return {row.job: row for row in rows if row.name == "engine, warm"}


def _against_one(rows: list[Measured], ours: dict[str, Measured], *, start: str, peer: str) -> str:
    costs = [row.warm_ratio if start == "warm" else row.cold_ratio for row in rows]
    cells = [_ratio([getattr(cost, field) for cost in costs]) for field in ("wall", "cpu", "memory")]
    cells.append(_ratio([ours[row.job].size / row.size for row in rows]))
    for field, digits in (("ssim", 4), ("psnr", 2), ("blur", 2)):
        gains = [getattr(ours[row.job].quality, field) - getattr(row.quality, field) for row in rows]
        cells.append(f"{np.mean(gains):+.{digits}f} [{min(gains):+.{digits}f}]")
    return f"| {start} | {peer} | {' | '.join(cells)} |"


def _ratio(ratios: list[float]) -> str:
    return f"{np.exp(np.mean(np.log(ratios))):.2f} [{max(ratios):.2f}]"


def _losses(rows: list[Measured]) -> Iterator[str]:
    """Each peer that is ahead of the warm engine somewhere, with the figure."""
    yield "**Where a peer is ahead of the warm engine:**\n"
    found = [f"- {row.job}, {row.name}: {', '.join(lost)}" for row in rows if (lost := list(_lost(row, _ours(rows))))]
    yield from found or ["- nowhere"]
    yield ""


def _lost(row: Measured, ours: dict[str, Measured]) -> Iterator[str]:
    mine = ours[row.job]
    ratios = {"wall": row.warm_ratio.wall, "CPU": row.warm_ratio.cpu, "bytes": mine.size / row.size}
    yield from (f"{name} {ratio:.2f}x" for name, ratio in ratios.items() if ratio > 1)
    gains: dict[str, Callable[[Quality], float]] = {"SSIM-Y": lambda quality: quality.ssim}
    gains |= {"PSNR-Y": lambda quality: quality.psnr, "blur": lambda quality: quality.blur}
    for name, figure in gains.items():
        if (gain := figure(mine.quality) - figure(row.quality)) < -0.0005:
            yield f"{name} {gain:+.{4 if name == 'SSIM-Y' else 2}f}"


def _jobs(rows: list[Measured]) -> Iterator[str]:
    for job in dict.fromkeys(row.job for row in rows):
        mine = [row for row in rows if row.job == job]
        yield f"### {job}: {mine[0].about}\n"
        yield "| | wall s | CPU s | memory MB | KB | SSIM-Y | PSNR-Y | blur |\n|---|---|---|---|---|---|---|---|"
        yield from (_line(row) for row in mine)
        yield ""


def _line(row: Measured) -> str:
    cost, quality = row.cost, row.quality
    spent = f"{cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} | {row.size / 1024:.0f}"
    return f"| {row.name} | {spent} | {quality.ssim:.4f} | {quality.psnr:.2f} | {quality.blur:.2f} |"
