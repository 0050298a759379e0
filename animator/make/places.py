"""Where the pieces of a picture lie that stand for all of it (make/windows.py)."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from animator.read.weights import Weights

# A piece has as many ticks as that at least.
SHORTEST = 5
# Where pieces would make up so much of a picture, all of it is tried: nothing is left to be guessed then.
NEARLY_ALL = 0.85


class Cut(NamedTuple):
    """Ticks of a piece, and how many of them aren't counted at its beginning and at its end."""

    ticks: int
    settling: int
    ending: int = 0

    def times(self, stays: int) -> "Cut":
        """Of pictures that stay for so many ticks."""
        return Cut(self.ticks * stays, self.settling * stays, self.ending * stays)


# Under a still camera an encoder draws few blocks anew, each when it has drifted off: for a while none, as all are new
# at the beginning of a piece; and at its end they are drawn for less time than in the middle of the whole. A GIF, which
# draws the mean of the pictures ahead, takes longer to come to what it is like in the middle.
USUAL = Cut(8, 4)
LONG = {"webp": Cut(24, 12, 6), "gif": Cut(24, 14, 4)}


class Place(NamedTuple):
    """A piece's first tick, and how many ticks it has."""

    begin: int
    ticks: int

    @property
    def end(self) -> int:
        return self.begin + self.ticks


def places_of(weights: Weights, wanted: int, cut: Cut) -> list[Place]:
    """Pieces that have `wanted` ticks or somewhat more; the first is the beginning."""
    ticks = len(weights.of_ticks)
    wanted = min(ticks, wanted * weights.stays)
    length = min(cut.times(weights.stays).ticks, max(SHORTEST, wanted // 2))
    count = max(2, round(wanted / length))
    if count * length >= NEARLY_ALL * ticks:
        return [Place(0, ticks)]
    sums = [0.0, *accumulate(weights.of_ticks)]
    places = [Place(0, length)]
    for number in range(1, count):
        middle = bisect_left(sums, sums[-1] * (number + 0.5) / count)
        last = ticks - length * (count - number)
        places.append(Place(max(places[-1].end, min(last, middle - length // 2)), length))
    return places


def runs_of(places: Sequence[Place], weights: Weights) -> list[list[Place]]:
    """Places in their order, those together that one way through the source reaches: another run begins where a key
    frame lies between.
    """
    runs = [[places[0]]]
    for place in places[1:]:
        if weights.key_before(place.begin) > runs[-1][-1].end:
            runs.append([place])
        else:
            runs[-1].append(place)
    return runs
