"""How much of a source each moment takes, by the bytes of its packets: a guess at what happens, without decoding."""

from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from animator.core.timeline import Segment
from animator.read.feed import packets_from
from animator.read.packets import LOOK_AHEAD
from animator.read.source import Source

# Packets say it roughly, so that a tick's weight is the mean of so many on either side, and the root of that. None
# weighs less than this share of the mean.
BESIDE, LEAST = 5, 0.05
# A picture that changes less than so many bytes a pixel, and those that any packet has, stands still but for moments.
STILL, ANY = 0.001, 40


class Weights(NamedTuple):
    """Of each tick of a segment; the ticks at which key frames come, where decoding may begin; whether nearly all of
    it stands still; and how many ticks a picture stays, where it stays longer than one.
    """

    of_ticks: tuple[float, ...]
    keys: tuple[int, ...] = ()
    are_still: bool = False
    stays: int = 1

    def sum(self, begin: int, end: int) -> float:
        return sum(self.of_ticks[begin:end])

    def key_before(self, tick: int) -> int:
        """The last one that is no later; the beginning, which may need a way of its own, where there is none."""
        number = bisect_right(self.keys, tick)
        return self.keys[number - 1] if number else 0


def weights_of(source: Source, segment: Segment, *, rate: Fraction, on_work: Callable[[], None]) -> Weights:
    """Key frames don't count, as what they show isn't new; in a file of nothing else all do."""
    ticks = segment.ticks(rate)
    if segment.pieces:
        return Weights((1.0,) * ticks)
    changes, pictures, keys, count, late = [0.0] * ticks, [0.0] * ticks, set[int](), 0, 0
    for packet in packets_from(source, segment.start) or packets_from(source, None) or ():
        on_work()
        tick = int((source.seconds(source.stamp(packet) or 0) - segment.start) * rate + Fraction(1, 2))
        late = late + 1 if tick >= ticks else 0
        if late > LOOK_AHEAD:
            break
        if not 0 <= tick < ticks:
            continue
        pictures[tick] += packet.size
        if packet.is_keyframe:
            keys.add(tick)
        else:
            changes[tick] += packet.size
            count += 1
    are_still = sum(changes) < count * (STILL * source.stream.width * source.stream.height + ANY)
    stays = max(1, round(ticks / max(1, count + len(keys))))
    return Weights(_smooth(changes if any(changes) else pictures), tuple(sorted(keys)), are_still, stays)


def _smooth(sizes: list[float]) -> tuple[float, ...]:
    sums = [0.0, *accumulate(sizes)]
    least = LEAST * sums[-1] / len(sizes) or 1.0
    found = []
    for tick in range(len(sizes)):
        low, high = max(0, tick - BESIDE), min(len(sizes), tick + BESIDE + 1)
        found.append(((sums[high] - sums[low]) / (high - low) + least) ** 0.5)
    return tuple(found)
