"""What docs/performance.md tells of whole ranges: first where the engine loses, then means, then clip by clip."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.bench.families import OURS
from tests.bench.rates import MEASURES, SAME, Point, ceiling, difference, setbacks

_AT = 75.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One encoder on one job, a point for each value of its knob."""

    job: str
    about: str
    container: str
    name: str
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Duel:
    """The engine against one peer on one job.

    `rates` holds for each measure the difference of our bytes to theirs at equal quality, as a share of theirs; None
    where there is nothing to compare. `best` and `theirs` are the best SSIMs. `cpu` is our processor time at the
    default quality, as a share of what theirs takes in the middle of its range.
    """

    job: str
    peer: str
    rates: dict[str, float | None]
    best: float
    theirs: float
    cpu: float

    @property
    def reached(self) -> bool:
        return self.best >= self.theirs - SAME


def report(curves: list[Curve]) -> str:
    """The section on one container."""
    duels = list(_duels(curves))
    parts = [_HEAD.format(cpus=os.cpu_count(), load=os.getloadavg()[0]), *_losses(duels), *_knob(curves)]
    return "\n".join([*parts, *_means(duels), *_clips(duels), *_jobs(curves)])


_HEAD = """Equal scaler flags and the same pictures for all. Figures are our bytes against a peer's at equal quality, as
a share of the peer's: below zero is in our favour. Against a peer with a knob that is the BD-rate, the mean over the
range of quality that both reach, in logarithms of bytes over decibels (of SSIM-Y: −10 log₁₀(1 − SSIM); of blur: PSNR of
RGB after a gaussian of 1.2 pixels), between the best points of both. Against a peer without a knob it is our curve at
its quality; "–" stands where our curve doesn't get there, or where nothing is common. The ceiling is the best SSIM at
any setting. Processor time: ours at quality 75, the peer's in the middle of its knob ({cpus} processors, load
{load:.1f} at the end; measured at different times, so only roughly). Clips with alpha aren't among them, as peers
drop it and so make other pictures.
"""


def _duels(curves: list[Curve]) -> Iterator[Duel]:
    ours = {curve.job: curve.points for curve in curves if curve.name == OURS}
    for curve in curves:
        if curve.name != OURS:
            mine = ours[curve.job]
            rates = {name: difference(mine, curve.points, measure) for name, measure in MEASURES.items()}
            cpu = min(mine, key=lambda point: abs(point.quality - _AT)).cpu
            theirs = max(0.01, float(np.median([point.cpu for point in curve.points])))
            yield Duel(curve.job, curve.name, rates, ceiling(mine), ceiling(curve.points), cpu / theirs)


def _losses(duels: list[Duel]) -> Iterator[str]:
    yield "**Where a peer is ahead:**\n"
    found = [f"- {duel.job}, {duel.peer}: {', '.join(lost)}" for duel in duels if (lost := list(_lost(duel)))]
    yield from found or ["- nowhere"]
    yield ""


def _lost(duel: Duel) -> Iterator[str]:
    for name, rate in duel.rates.items():
        if rate is not None and rate > 0:
            yield f"{rate:+.0%} bytes by {name}"
    if not duel.reached:
        yield f"our best SSIM is {duel.best:.4f}, its {duel.theirs:.4f}"


def _knob(curves: list[Curve]) -> Iterator[str]:
    yield "**Where more quality gives over 1 % less** (bytes, or decibels) than some lower quality:\n"
    ours = [curve for curve in curves if curve.name == OURS]
    found = [f"- {curve.job}: {', '.join(steps)}" for curve in ours if (steps := setbacks(curve.points))]
    yield from found or ["- nowhere"]
    yield ""


def _means(duels: list[Duel]) -> Iterator[str]:
    yield "| against | bytes at equal SSIM-Y | at equal blur | ceiling reached | processor time |"
    yield "|---|---|---|---|---|"
    for peer in dict.fromkeys(duel.peer for duel in duels):
        mine = [duel for duel in duels if duel.peer == peer]
        cells = [_spread([duel.rates[name] for duel in mine]) for name in MEASURES]
        cells.append(f"{sum(duel.reached for duel in mine)} of {len(mine)}")
        cells.append(f"{np.exp(np.mean([np.log(max(1e-3, duel.cpu)) for duel in mine])):.2f}x")
        yield f"| {peer} | {' | '.join(cells)} |"
    yield "\nMeans over the clips, the best and the worst clip in brackets.\n"


def _spread(rates: list[float | None]) -> str:
    """The mean is that of logarithms, as in the BD-rate itself: half and double cancel out."""
    there = [rate for rate in rates if rate is not None]
    if not there:
        return "–"
    mean = np.expm1(np.mean(np.log1p(there)))
    missing = f", {len(rates) - len(there)} –" if len(there) < len(rates) else ""
    return f"{mean:+.0%} [{min(there):+.0%}…{max(there):+.0%}{missing}]"


def _clips(duels: list[Duel]) -> Iterator[str]:
    peers = list(dict.fromkeys(duel.peer for duel in duels))
    yield f"| SSIM-Y / blur | {' | '.join(peers)} | our best / theirs |"
    yield f"|---|{'---|' * len(peers)}---|"
    for job in dict.fromkeys(duel.job for duel in duels):
        mine = {duel.peer: duel for duel in duels if duel.job == job}
        cells = [" / ".join(_rate(mine[peer].rates[name]) for name in MEASURES) for peer in peers]
        best, theirs = mine[peers[0]].best, max(duel.theirs for duel in mine.values())
        yield f"| {job} | {' | '.join(cells)} | {best:.4f} / {theirs:.4f} |"
    yield ""


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:+.0%}"


def _jobs(curves: list[Curve]) -> Iterator[str]:
    yield "Clips: " + "; ".join(f"{job}: {about}" for job, about in {c.job: c.about for c in curves}.items()) + ".\n"
