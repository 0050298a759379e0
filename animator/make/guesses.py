"""What each rung of the ladder should have in bytes, by pieces of the picture that the real encoder makes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from animator.core.order import AnimationSpec
from animator.make.kept import MOST_BYTES
from animator.make.ladder import Rung
from animator.make.price import Cost
from animator.make.windows import SHRUNK, SLOWER, THINNED, Windows

# By so much the logarithm of the bytes falls with one of quality, where that hardly matters and so isn't measured.
BY_QUALITY = 0.02
# How bytes usually follow the frame rate and the pixels. What pieces say of it is believed half, and asked for only
# where quality alone hardly does: where it leaves so much or less below the limit, as a logarithm.
BY_RATE, BY_PIXELS, SURE = 0.75, 0.85, 0.1
# So many qualities nearer to the limit are tried, if they are so far from others.
NEARER, APART = 2, 2
# What a guess costs at most, in pictures; and so many times all pieces are made for what the rate does, and the pixels.
MOST, FOR_RATE, FOR_PIXELS = 1.0, 1 + 1 / THINNED, 1 + SHRUNK**2


class Guess(NamedTuple):
    """The logarithm of a rung's bytes: what its quality makes them, and what its rate and size take from that."""

    by_quality: float
    by_others: float = 0.0

    @property
    def whole(self) -> float:
        return self.by_quality + self.by_others


def guesses(rungs: Sequence[Rung], windows: Windows, spec: AnimationSpec) -> tuple[list[Guess], Cost]:
    """Of each rung, and what they cost. What is far from `spec.max_bytes` is guessed roughly."""
    top, limit = rungs[0], math.log(spec.max_bytes)
    purse = _Purse(windows, spec)
    logs = _by_quality(rungs, purse, spec)
    alone = [rung for rung in rungs if (rung.fps, rung.edge) == (top.fps, top.edge)]
    is_enough = _between(alone[-1].quality, logs) < limit - SURE
    rate, pixels = BY_RATE, BY_PIXELS
    if not is_enough:
        seldom = next((rung for rung in rungs if rung.fps < top.fps), None)
        small = next((rung for rung in rungs if rung.edge < top.edge), None)
        if seldom and purse.has(FOR_RATE):
            purse.pay(FOR_RATE)
            rate = (rate + windows.by_rate(replace(spec, quality=seldom.quality))) / 2
        if small and purse.has(FOR_PIXELS):
            purse.pay(FOR_PIXELS)
            pixels = (pixels + windows.by_pixels(replace(spec, quality=small.quality))) / 2
    full = top.fps / windows.weights.stays

    def guess(rung: Rung) -> Guess:
        seen, area = min(1.0, rung.fps / full), (rung.edge / top.edge) ** 2
        return Guess(_between(rung.quality, logs), rate * math.log(seen) + pixels * math.log(area))

    return [guess(rung) for rung in rungs], purse.spent


class _Purse:
    """What pieces may cost, and have cost so far."""

    def __init__(self, windows: Windows, spec: AnimationSpec) -> None:
        self.windows = windows
        is_fast = spec.format == "webp" and not windows.is_whole
        self._all = windows.share / (SLOWER.get(spec.effort, 1.0) if is_fast else 1.0)
        self._encoded = 0.0

    @property
    def spent(self) -> Cost:
        return Cost(self.windows.decoded, self._encoded)

    def has(self, times: float) -> bool:
        """Whether all pieces can be made so many times more."""
        return Cost(self.windows.decoded, self._encoded + times * self._all).pictures <= MOST

    def pay(self, times: float) -> None:
        self._encoded += times * self._all


def _by_quality(rungs: Sequence[Rung], purse: _Purse, spec: AnimationSpec) -> dict[float, float]:
    """Of a few qualities, ascending. Where quality gives way first, those that the limit lies between, and some that
    are nearer to it: between two that are far from each other bytes follow no straight line.
    """
    top, least = rungs[0].quality, min(rung.quality for rung in rungs)
    is_first = len(rungs) > 1 and rungs[1].quality < top
    middle = (least + top) / 2
    ways = ({least, middle, top}, {least, top}, {middle})
    found: dict[float, float] = {}

    def tried(quality: float) -> float:
        purse.pay(1)
        found[quality] = math.log(max(1.0, purse.windows.size(replace(spec, quality=quality))[0]))
        return found[quality]

    limit = math.log(spec.max_bytes)
    for quality in sorted(next(some for some in ways if purse.has(len(some)))):
        if tried(quality) > limit and is_first:
            break
    # Where pictures are kept for other qualities, a whole one more is made of them instead.
    for _ in range(NEARER if is_first and purse.windows.take.scaled_bytes > MOST_BYTES else 0):
        nearer = _nearer(found, limit)
        if nearer is None or not purse.has(1):
            break
        tried(nearer)
    return dict(sorted(found.items()))


def _nearer(found: dict[float, float], limit: float) -> float | None:
    """The quality that the limit should lie at; None where it lies between none, or near enough to one."""
    for (low, less), (high, more) in pairwise(sorted(found.items())):
        if less <= limit < more:
            quality = float(round(low + (high - low) * (limit - less) / (more - less)))
            return quality if min(quality - low, high - quality) >= APART else None
    return None


def _between(quality: float, logs: dict[float, float]) -> float:
    points = list(logs)
    for left, right in pairwise(points):
        if quality <= right:
            return logs[left] + (logs[right] - logs[left]) * (quality - left) / (right - left)
    return logs[points[-1]] + BY_QUALITY * (quality - points[-1])
