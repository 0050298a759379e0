"""A few short pieces of a picture, decoded and scaled once, for the real encoder to try at any quality.

A picture in the middle costs what it changes, so a piece is of consecutive pictures. What its first one costs is
counted apart, and the next ones are left out of the count: errors that are too small to be coded gather for a while
first. A piece's pictures are those of the whole picture: it begins at one of the whole's ticks. How much happens
between the pieces is told by the source's packets (read/weights.py): each piece lies where its share of all that
happens has its middle, and what it costs is counted by what happens in it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.rate import rate_of
from animator.core.timeline import Segment
from animator.make.pieces import Cost, Piece, pieces_made
from animator.make.places import USUAL, Cut, Place, places_of, runs_of
from animator.make.seen import Seen
from animator.make.take import Take, take_of
from animator.picture.frames import Canvas
from animator.read.decode import Picked, Picker
from animator.read.source import Source, open_source
from animator.read.view import geometry_of
from animator.read.weights import Weights, weights_of

# How much more seldom, and how many times as long and wide, pieces are tried for what those knobs do; between what it
# is believed.
THINNED, SHRUNK, POWERS = 2, 0.6, (0.2, 1.2)
# A WebP of balanced or best effort takes so many times as long as the fast one that its pieces are.
SLOWER = {2: 1.6, 3: 3.5}
# Where a tick changes less than this share of what a piece begins with, in each piece, the camera stands still.
CALM = 0.2


class Windows(NamedTuple):
    """The pieces of a picture, and the whole's take. With one piece, which is all of it, nothing is guessed.

    `costs` are of the order itself, if they were made at once.
    """

    pieces: tuple[Piece, ...]
    take: Take
    weights: Weights
    cut: Cut
    costs: tuple[Cost, ...] = ()

    @property
    def decoded(self) -> float:
        """How much of the segment was decoded for them, at most: from key frames on, with what lies between."""
        runs = runs_of([piece.place for piece in self.pieces], self.weights)
        ticks = sum(run[-1].end - self.weights.key_before(run[0].begin) for run in runs)
        return min(1.0, ticks / self.take.sampled)

    @property
    def is_whole(self) -> bool:
        return len(self.pieces) == 1

    @property
    def share(self) -> float:
        return sum(piece.canvas.ticks for piece in self.pieces) / self.take.canvas.ticks

    def size(self, spec: AnimationSpec) -> tuple[float, float]:
        """The whole's bytes at the quality of `spec`, and the share of them by which pieces like these may be off."""
        costs = self.costs if spec == self.take.spec else ()
        costs = costs or tuple(piece.cost(spec, self.cut) for piece in self.pieces)
        return (costs[0].begins, 0.0) if self.is_whole else self.whole(costs)

    @property
    def are_calm(self) -> bool:
        """Whether little changes from picture to picture in each piece, as `costs` tell: longer ones tell more then."""
        made = zip(self.pieces, self.costs, strict=True)
        return not self.is_whole and all(
            cost.rest < CALM * cost.begins * (piece.ticks - cost.settled) for piece, cost in made
        )

    def whole(self, costs: Sequence[Cost]) -> tuple[float, float]:
        """As `size`, of what each piece costs."""
        happens = [
            self.weights.sum(piece.place.begin + cost.settled, piece.place.end)
            for piece, cost in zip(self.pieces, costs, strict=True)
        ]
        times = self.take.canvas.ticks / self.take.sampled
        left = self.weights.sum(0, self.take.sampled) * times - self.weights.sum(0, costs[0].settled)
        size = costs[0].begins + sum(cost.rest for cost in costs) / sum(happens) * left
        rates = [cost.rest / much for cost, much in zip(costs, happens, strict=True)]
        mean = sum(rates) / len(rates)
        spread = (sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1)) ** 0.5 * left
        return size, spread / size / len(rates) ** 0.5

    def part(self, share: float) -> float:
        """Of all that happens, how much does so in a share of the ticks from the beginning; above 0."""
        if self.take.spec.playback.holds_all:
            return share
        ticks = max(1, round(share * self.take.sampled))
        return self.weights.sum(0, ticks) / self.weights.sum(0, self.take.sampled)

    def by_rate(self, spec: AnimationSpec) -> float:
        """To which power of the rate the whole's bytes follow, below the one that shows all pictures of the source."""
        times = THINNED * self.weights.stays
        full = [piece.changes(spec) for piece in self.pieces]
        often = sum(changes for _, changes in full)
        seldom = sum(piece.thinned(times).changes(spec)[1] for piece in self.pieces) / times
        changes = often / len(self.pieces) * self.take.sampled
        return _power(often, seldom, 1 / THINNED) * changes / (changes + full[0][0])

    def by_pixels(self, spec: AnimationSpec) -> float:
        """To which power of its pixels the whole's bytes follow."""
        large = sum(len(piece.fast(spec)) for piece in self.pieces)
        small = sum(len(piece.shrunk(SHRUNK).fast(spec)) for piece in self.pieces)
        return _power(large, small, SHRUNK**2)


def windows_of(
    source: Path,
    order: Order,
    *,
    limits: Limits,
    ticks: Callable[[Canvas, Weights], int],
    on_work: Callable[[], None],
    seen: Seen,
    cut: Cut = USUAL,
    at_once: bool = False,
) -> Windows:
    """About as many ticks as `ticks` says of the canvas, in pieces that lie all over the segment.

    `at_once`: the order's own quality is sure to be asked for, and so made while other pieces are decoded.
    """
    spec = order.spec
    with open_source(source, limits=limits) as opened:
        reader = _Reader(opened, spec.playback.rate(rate_of(spec)), on_work)
        segment = order.segment(opened.duration)
        weights = reader.weights(segment)
        first = reader.first(segment)
        geometry = geometry_of(first, opened)
        take = take_of(spec, segment, source=opened, geometry=geometry, limits=limits, on_look=on_work, seen=seen)
        if take.was_looked_at:
            weights = reader.weights(take.segment)
            reader.first(take.segment)
        places, cut = places_of(weights, ticks(take.canvas, weights), cut), cut.times(weights.stays)
        with pieces_made(take, spec if at_once else None, cut, limits=limits) as making:
            for number, picked in reader.pictures(take.segment, places, weights):
                making.feed(places[number], picked)
            made = making.finished()
        return Windows(tuple(piece for piece, _ in made), take, weights, cut, tuple(cost for _, cost in made if cost))


class _Reader:
    """Decodes what pieces show: once, and in full only that."""

    def __init__(self, source: Source, rate: Fraction, on_work: Callable[[], None]) -> None:
        self._source = source
        self._rate = rate
        self._on_work = on_work
        self._begun: Iterator[Picked] = iter(())
        self._wanted: list[Place] = []

    def weights(self, segment: Segment) -> Weights:
        return weights_of(self._source, segment, rate=self._rate, on_work=self._on_work)

    def first(self, segment: Segment) -> Picked:
        """The segment's first picture; those behind it are on their way."""
        pictures = self._from(segment)
        first = next(pictures)
        self._begun = chain([first], pictures)
        return first

    def pictures(self, segment: Segment, places: Sequence[Place], weights: Weights) -> Iterator[tuple[int, Picked]]:
        """What each place, by its number, shows. On one way, but for what lies before a key frame that a place can
        begin with.
        """
        number = 0
        for run in runs_of(places, weights):
            begin = run[0].begin
            self._wanted = [place._replace(begin=place.begin - begin) for place in run]
            if begin:
                self._begun = self._from(segment.part(begin, run[-1].end - begin, fps=self._rate))
            for of_run, picked in _through(self._begun, self._wanted):
                yield number + of_run, picked
            number += len(run)

    def _from(self, segment: Segment) -> Iterator[Picked]:
        return iter(Picker(self._source, segment, fps=self._rate, on_work=self._on_work, wanted=self._is_wanted))

    def _is_wanted(self, first: int, end: int) -> bool:
        """Everything, as long as nobody knows."""
        return not self._wanted or any(first < place.end and place.begin < end for place in self._wanted)


def _power(before: float, after: float, share: float) -> float:
    """x, of which after = before * share ** x."""
    least, most = POWERS
    return min(most, max(least, math.log(max(1.0, after) / max(1.0, before)) / math.log(share)))


def _through(pictures: Iterator[Picked], places: Sequence[Place]) -> Iterator[tuple[int, Picked]]:
    """Of one way through the whole segment, what each place, by its number, shows, counted from its first tick."""
    held, coming = next(pictures), next(pictures, None)
    for number, place in enumerate(places):
        while coming is not None and coming.first <= place.begin:
            held, coming = coming, next(pictures, None)
        yield number, held._replace(first=0)
        while coming is not None and coming.first < place.begin + place.ticks:
            yield number, coming._replace(first=coming.first - place.begin)
            held, coming = coming, next(pictures, None)
