"""Where a picture had best begin and end so that nobody sees it begin anew.

A loop of the ticks [a, b) goes on at a where b would have come: it is seamless if both look alike, and what is beside
them, too, so that what moves goes on in its way. Start and end are moved within their slack to the pair that differs
least; pairs behind a cut of the scene count only if they are far better.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from animator.core.playback import Playback
from animator.core.seam import Seam
from animator.core.timeline import Segment
from animator.make.greys import greys
from animator.picture.geometry import Geometry
from animator.read.decode import Picker
from animator.read.source import Source

# A cut changes the picture by so much at once, and so many times more than its neighbours do.
CUT, TIMES = 0.1, 4.0
# Behind a cut a seam has to be so many times better, and visibly so.
FAR_BETTER, VISIBLE = 0.5, 0.02
# What the longest way costs: of two seams that are as good the one that was asked for, or is nearer to it, is taken.
FARTHEST = 0.002
Numbers = npt.NDArray[np.float64]


class _Strip(NamedTuple):
    """The pictures of ticks from `first` on, one a row."""

    first: int
    pictures: Numbers

    @property
    def ticks(self) -> range:
        return range(self.first, self.first + len(self.pictures))

    def cuts(self) -> list[int]:
        """Ticks whose picture is of another scene than the one before."""
        steps = np.sqrt(((self.pictures[1:] - self.pictures[:-1]) ** 2).mean(axis=1)) / 255
        usual = float(np.median(steps)) if len(steps) else 0.0
        return [self.first + 1 + at for at, step in enumerate(steps) if step > max(CUT, TIMES * usual)]


class Seeker(NamedTuple):
    """Looks for the seam of a segment of a film that is sampled so many times a second.

    `longest` is how many ticks the segment may come to have, `on_work` called for every packet.
    """

    source: Source
    film: Geometry
    rate: Fraction
    longest: int
    on_work: Callable[[], None]

    def seam(self, segment: Segment, playback: Playback, *, fade: int) -> tuple[Segment, Seam]:
        """The segment to take instead, which is the same one unless the loop is to be the best."""
        ticks = segment.ticks(self.rate)
        slack = playback.slack_ticks(ticks, rate=self.rate)
        earliest = -int(segment.start * self.rate)
        last = max(ticks, int((self.source.duration - segment.start) * self.rate))
        begins = self._strip(segment, max(earliest, -slack - 1), slack + fade + 1)
        ends = self._strip(segment, max(earliest, ticks - slack - 1), min(last - 1, ticks + slack + 1))
        pairs = _Pairs(begins, ends)
        before = pairs.error(0, ticks)
        moves = [
            (start, end)
            for start in range(max(earliest, -slack), slack + 1)
            for end in range(-slack, min(slack, last - ticks) + 1)
            if max(2 * fade, (ticks + 1) // 2) <= ticks + end - start <= max(ticks, self.longest)
        ]
        start, end = _best(moves, pairs, ticks=ticks, fade=fade, slack=max(1, slack))
        after = pairs.error(start + fade, ticks + end) / (fade + 1)
        moved = segment
        if (start, end) != (0, 0):
            begin = segment.start + start / self.rate
            moved = Segment(begin, begin + (ticks + end - start) / self.rate)
        seconds = [round(float(move / self.rate), 3) for move in (start, end)]
        return moved, Seam(before=round(before, 5), after=round(after, 5), start=seconds[0], end=seconds[1])

    def _strip(self, segment: Segment, first: int, last: int) -> _Strip:
        """Those from tick `first` to `last`, one at least."""
        begin = segment.start + first / self.rate
        part = Segment(begin, begin + max(1, last - first + 1) / self.rate)
        picker = Picker(self.source, part, fps=self.rate, on_work=self.on_work)
        found = list(greys(picker, self.film))
        rows = np.empty((part.ticks(self.rate), found[0][1].size), np.float64)
        for tick, grey in found:
            rows[tick:] = grey.ravel()
        return _Strip(first, rows)


class _Pairs:
    """Differences of each picture of one strip from each of another."""

    def __init__(self, begins: _Strip, ends: _Strip) -> None:
        self._begins, self._ends = begins, ends
        one, other = begins.pictures, ends.pictures
        # Of whole numbers below 2⁵³: exact, in whatever order they are added up.
        squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2 * (one @ other.T)
        self._squares = squares / one.shape[1] / 255**2

    @property
    def cuts(self) -> tuple[list[int], list[int]]:
        return self._begins.cuts(), self._ends.cuts()

    def error(self, begin: int, end: int) -> float:
        """Of going on at `begin` where `end` would come, with the ticks beside both, as far as there are any."""
        beside = [self._square(begin + by, end + by) for by in (-1, 0, 1)]
        known = [square for square in beside if square is not None]
        if not known:
            # The whole video: nothing comes behind its end, so that what is last has to be like what is first.
            known = [self._square(begin, self._ends.ticks[-1]) or 0.0]
        return float((sum(known) / len(known)) ** 0.5)

    def _square(self, begin: int, end: int) -> float | None:
        if begin not in self._begins.ticks or end not in self._ends.ticks:
            return None
        return float(self._squares[begin - self._begins.first, end - self._ends.first])


def _best(moves: list[tuple[int, int]], pairs: _Pairs, *, ticks: int, fade: int, slack: int) -> tuple[int, int]:
    """By how many ticks start and end move; by none if nothing is better."""
    cuts = pairs.cuts

    def cost(move: tuple[int, int]) -> float:
        return pairs.error(move[0] + fade, ticks + move[1]) + FARTHEST * (abs(move[0]) + abs(move[1])) / (2 * slack)

    within = [move for move in moves if not _crosses(move, cuts, ticks=ticks)]
    nearest = min(within, key=cost, default=(0, 0))
    best = min(moves, key=cost, default=nearest)
    gain = cost(nearest) - cost(best)
    return best if gain > VISIBLE and cost(best) < FAR_BETTER * cost(nearest) else nearest


def _crosses(move: tuple[int, int], cuts: tuple[list[int], list[int]], *, ticks: int) -> bool:
    """Whether a scene comes in, or goes, that wasn't asked for, or was."""
    start, end = move[0], ticks + move[1]
    at_start = any(min(0, start) < cut <= max(0, start) for cut in cuts[0])
    return at_start or any(min(ticks, end) <= cut < max(ticks, end) for cut in cuts[1])
