"""Which step down to a largest size is made next, so that all of them together cost no more than a few pictures."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from animator.make.guesses import Guess
from animator.make.pictures import Part
from animator.make.price import Cost, Price

# What is made aims a little below the limit: first, after one that was too large, and after more; and once one fits.
AIMS, AIM_BETTER = (0.9, 0.88, 0.75), 0.94
# Used so far, the largest size is used well enough.
ENOUGH = 0.85
# What all costs at most, in pictures as they were asked for: the guess, and all that is made. The floors' own picture
# alone may come on top, where what was sure to fit doesn't.
BUDGET = 3.0
# From so many on, guesses aren't believed.
HALVED_FROM = 3
# What is sure to fit would even if bytes fell by this share of what is foretold; and if a picture that was given up had
# so much more, for all of it that wasn't made, and so many times what its guess was off by.
SURE_FALL, UNSEEN, MISLED = 0.8, 0.1, 0.5
# A smaller share than this of a picture tells too little of all of it.
FORESEEABLE = 0.2
# What has so much less than it may, as a logarithm, fits as surely as the floors.
FAR = 0.5
# Sizes fall by this share of what was guessed, at least.
LEAST_FALL = 0.3


class Unfinished(NamedTuple):
    """A picture on its way: the bytes of its first, and how many were written behind it in a share of the ticks."""

    begins: int
    written: int
    share: float

    def size(self, part: Part) -> int:
        """What the whole would have had."""
        return round(self.begins + self.written / part(self.share)) if self.share < 1 else self.begins + self.written


@dataclass(slots=True)
class Search:
    """`guesses` are logarithms of bytes of each step, which measuring puts right; `prices` are of its picture.

    `spent` is what the guess cost. `part` is foreseen, until a whole picture tells it. `ready` is the share that is
    there of the pictures that are kept for `kept`, a shape.
    """

    limit: int
    guesses: Sequence[Guess]
    prices: Sequence[Price]
    spent: Cost
    part: Part
    kept: int = 0
    ready: float = 0.0
    sizes: dict[int, int] = field(default_factory=dict)
    given_up: dict[int, Unfinished] = field(default_factory=dict)
    over: int = -1
    under: int | None = None

    @property
    def tries(self) -> int:
        return len(self.sizes)

    def cost(self, number: int, share: float = 1.0) -> Cost:
        """Of a picture of which only a share is made: what is there already isn't decoded again."""
        price = self.prices[number]
        return price.of(share, ready=self.ready if price.shape and price.shape == self.kept else 0.0)

    def can_pay(self, *costs: Cost) -> bool:
        return self.spent.and_(*costs).pictures <= BUDGET

    def give_up(self, number: int, made: Unfinished, *, share: float) -> None:
        """It grew too large on the way, when a share of the ticks was taken for it."""
        self.given_up[number] = made
        self._pay(number, share)
        self._foresee()
        self.over = number

    def tell(self, number: int, size: int, part: Part) -> None:
        """A whole picture's bytes, and when they came: by that it is foreseen better what others would have had."""
        self.sizes[number] = size
        self._pay(number, 1.0)
        self.part = part
        self._foresee()
        if size <= self.limit:
            self.under = number
        else:
            self.over = number

    def next(self) -> int | None:
        """None when there is nothing more to try, or nothing worth it."""
        last = len(self.guesses) - 1
        if self.under is None:
            return None if self.over == last else self._within_budget(self._aimed(self.over + 1, last))
        if self.under == self.over + 1 or self.sizes[self.under] >= ENOUGH * self.limit:
            return None
        better = self._aimed(self.over + 1, self.under - 1)
        return better if self.can_pay(self.cost(better)) else None

    def is_foreseen_to_fit(self, made: Unfinished) -> bool:
        return made.size(self.part) <= self.limit

    def patience(self, number: int) -> float:
        """The share of a picture after which it has to be foreseen that it fits: given up by then, what the floors ask
        for can still be made. Infinite where nothing is gained by that.
        """
        if self.under is not None or self._can_follow(number, 1.0):
            return math.inf
        shares = (percent / 100 for percent in range(round(100 * FORESEEABLE), 100))
        payable = [share for share in shares if self._can_follow(number, share)]
        return max(payable, default=math.inf)

    def _can_follow(self, number: int, share: float) -> bool:
        """Whether the floors can be paid after a share of this."""
        return self.can_pay(self.cost(number, share), self.cost(len(self.prices) - 1))

    def _pay(self, number: int, share: float) -> None:
        self.spent = self.spent.and_(self.cost(number, share))
        price = self.prices[number]
        if price.shape != self.kept:
            self.kept, self.ready = price.shape, 0.0
        if self.kept:
            self.ready = max(self.ready, 1.0 if price.at_once else share)

    def _within_budget(self, aimed: int) -> int:
        """One that may fail only if another can follow it, which costs no more; else one that is sure to fit."""
        last = len(self.guesses) - 1
        if self.can_pay(self.cost(aimed), self.prices[aimed].again) and self._can_follow(aimed, 1.0):
            return aimed
        sure = range(max(aimed, self._sure()), last)
        payable = next((number for number in sure if self.can_pay(self.cost(number))), last)
        return self._far_below(sure) if payable == last and self.can_pay() else payable

    def _far_below(self, numbers: Iterable[int]) -> int:
        """When nothing can be paid any more, not even the floors: what should have so little that it fits, too."""
        wanted = math.log(self.limit) - FAR
        return next((number for number in numbers if self._put_right(number) <= wanted), len(self.guesses) - 1)

    def _sure(self) -> int:
        """The first below what was too large that fits even if bytes fall less than they should; else the floors."""
        most, off = math.log(self.sizes[self.over]), self._off(self.over)
        if made := self.given_up.get(self.over):
            most += _doubt(made, off)
        fall, last = SURE_FALL * self._fall(off), len(self.guesses) - 1
        for number in range(self.over + 1, last):
            if most + self._foretold(self.over, number, fall) <= math.log(self.limit):
                return number
        return last

    def _aimed(self, low: int, high: int) -> int:
        """The first step from `low` to `high` that should fit; half-way where guesses have failed again and again."""
        if self.tries >= HALVED_FROM and self.under is None:
            return (low + high + 1) // 2
        aim = AIMS[min(self.tries, len(AIMS) - 1)] if self.under is None else AIM_BETTER
        wanted = math.log(self.limit * aim)
        if low == 0 and self._put_right(0) <= math.log(self.limit):
            return 0
        return next((number for number in range(low, high) if self._put_right(number) <= wanted), high)

    def _foresee(self) -> None:
        for number, made in self.given_up.items():
            self.sizes[number] = max(self.limit + 1, made.size(self.part))

    def _off(self, number: int) -> float:
        return math.log(self.sizes[number]) - self.guesses[number].whole

    def _put_right(self, number: int) -> float:
        """A guess, off by as much as the measured steps beside it: between two, by both, as they are near."""
        guess = self.guesses[number]
        above = max((one for one in self.sizes if one <= number), default=None)
        below = min((one for one in self.sizes if one >= number), default=None)
        if above is None:
            return guess.whole + (0.0 if below is None else self._off(below))
        if below is None:
            return math.log(self.sizes[above]) + self._foretold(above, number, self._fall(self._off(above)))
        part = (number - above) / (below - above) if below > above else 0.0
        return guess.whole + self._off(above) * (1 - part) + self._off(below) * part

    def _foretold(self, above: int, number: int, fall: float) -> float:
        """By how much the logarithm changes below `above` if sizes fall by quality so many times as much as guessed."""
        known, guess = self.guesses[above], self.guesses[number]
        return fall * (guess.by_quality - known.by_quality) + guess.by_others - known.by_others

    def _fall(self, off: float) -> float:
        """How many times as much as guessed the sizes fall by quality, below all that were measured.

        As much as between the last two of those; what was far above its one guess will hardly fall as guessed.
        """
        if len(self.sizes) > 1:
            before, last = sorted(self.sizes)[-2:]
            high, low = self.guesses[before], self.guesses[last]
            fell = math.log(self.sizes[before] / self.sizes[last]) - (high.by_others - low.by_others)
            if high.by_quality > low.by_quality:
                return min(1.0, max(LEAST_FALL, fell / (high.by_quality - low.by_quality)))
        return 1 / (1 + off**2) if off > 0 else 1.0


def _doubt(made: Unfinished, off: float) -> float:
    """By how much the logarithm of what is foreseen may be too low."""
    return (UNSEEN + MISLED * abs(off)) * (1 - made.share)
