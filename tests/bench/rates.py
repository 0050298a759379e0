"""Comparing two encoders over a range instead of at one point: BD-rate, ceilings, and whether a knob is monotone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

SAME = 0.00005
"""Structural similarities this close are the same picture quality."""
_LEAST_COMMON = 0.05  # dB that two curves must share to be compared
_BEST = 1e-5  # 1 − SSIM; closer to the source counts as this close
_STEP = 0.01


@dataclass(frozen=True, slots=True)
class Point:
    """One file: its knob's value, `size` in bytes, SSIM of luma, blur in dB (see quality.py), seconds.

    Points with the same `key` are the same file (points.py); it is empty where none is kept.
    """

    quality: float
    size: int
    ssim: float
    psnr: float
    blur: float
    cpu: float
    wall: float
    key: str = ""


Measure = Callable[[Point], float]


def ssim_db(point: Point) -> float:
    return -10 * math.log10(max(_BEST, 1 - point.ssim))


def blur(point: Point) -> float:
    return point.blur


MEASURES: dict[str, Measure] = {"SSIM-Y": ssim_db, "blur": blur}


def front(points: Sequence[Point], measure: Measure) -> list[Point]:
    """Those points that no smaller file is as good as, smallest first: what somebody who knows would choose from."""
    best: list[Point] = []
    for point in sorted(points, key=lambda one: (one.size, -measure(one))):
        if not best or measure(point) > measure(best[-1]) + 1e-9:
            best.append(point)
    return best


def bd_rate(ours: Sequence[Point], theirs: Sequence[Point], measure: Measure) -> float | None:
    """The mean difference of our bytes to theirs at equal quality, as a share of theirs; None without common range.

    After Bjøntegaard: the logarithm of bytes over decibels, between the efficient fronts.
    """
    mine, other = front(ours, measure), front(theirs, measure)
    low = max(measure(mine[0]), measure(other[0]))
    high = min(measure(mine[-1]), measure(other[-1]))
    if len(mine) < 2 or len(other) < 2 or high - low < _LEAST_COMMON:
        return None
    places = np.linspace(low, high, 101)
    return float(math.expm1(np.mean(_log_sizes(mine, measure, places) - _log_sizes(other, measure, places))))


def at_equal(ours: Sequence[Point], single: Point, measure: Measure) -> float | None:
    """Our bytes at a single point's quality, against its bytes, as a share of those; None where we don't get there.

    Where even our smallest file is better, that one counts.
    """
    mine, wanted = front(ours, measure), measure(single)
    if wanted > measure(mine[-1]):
        return None
    if wanted <= measure(mine[0]) or len(mine) == 1:
        return mine[0].size / single.size - 1
    return float(math.exp(_log_sizes(mine, measure, np.array([wanted]))[0]) / single.size - 1)


def _log_sizes(points: list[Point], measure: Measure, places: np.ndarray) -> np.ndarray:
    across, up = [measure(point) for point in points], [math.log(point.size) for point in points]
    if len(points) == 2:
        return np.interp(places, across, up)
    curve: np.ndarray = PchipInterpolator(across, up)(places)
    return curve


def difference(ours: Sequence[Point], theirs: Sequence[Point], measure: Measure) -> float | None:
    """bd_rate against a curve, at_equal against a single point."""
    return at_equal(ours, theirs[0], measure) if len(theirs) == 1 else bd_rate(ours, theirs, measure)


def ceiling(points: Sequence[Point]) -> float:
    """The best SSIM that can be had."""
    return max(point.ssim for point in points)


def setbacks(points: Sequence[Point]) -> list[str]:
    """Where more quality gives over 1 % less, of bytes or of a measure in dB, than some lower quality gave."""
    found = []
    figures: dict[str, Measure] = {"bytes": lambda point: point.size, **MEASURES}
    for name, figure in figures.items():
        best = -math.inf
        for point in sorted(points, key=lambda one: one.quality):
            if figure(point) < best * (1 - _STEP):
                found.append(f"{name} {figure(point) / best - 1:+.1%} at {point.quality:g}")
            best = max(best, figure(point))
    return found
