"""A picture that is no larger than it may be: guess by a few pieces, aim, make, aim better."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from animator.core.errors import ResultTooLarge
from animator.core.fitted import Fitted
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.progress import Progress, portion
from animator.core.result import Result
from animator.make.guesses import Guess, guesses
from animator.make.ladder import Rung, ladder, settled
from animator.make.overflow import Overflowing
from animator.make.pictures import written_pictures
from animator.make.seen import Seen
from animator.make.take import Take
from animator.make.windows import Windows, windows_of
from animator.picture.frames import Canvas
from animator.read.weights import Weights

# A try aims a little below, since a step of a knob is a few hundredths of the size; the more tries failed the lower.
AIM, AIM_BETTER = 0.94, 0.93
# Used so far, the largest size is used well enough.
ENOUGH = 0.85
# What fits will do when another try would make it cost more than this, in pictures as they were asked for. The guess
# costs about so much, and so much of a try is decoding, which a smaller picture doesn't spare.
PATIENCE, GUESS, DECODING = 3.0, 0.6, 0.5
# So many tries are made at most: the last of them is at the floors. From the second number on, guesses aren't believed.
MOST_TRIES, HALVED_FROM = 5, 3
# Sizes fall by this share of what was guessed, at least.
LEAST_FALL = 0.3
# A finished file is held in memory while another is tried, if it isn't larger.
HELD = 64 * 1024**2
# Of a picture's ticks, one of so many is tried for the guess, and so many at least if they aren't of too many pixels.
SAMPLED, LEAST, PIXELS = 6, 16, 27_000_000
# The guess takes this share of the progress, and each try half of what is left.
GUESSED = 0.1

Made = Callable[[AnimationSpec, Progress, int], Result]
"""Makes the picture; raises Overflowing as soon as it has more bytes than these, 0 for any number."""


def fitted(
    source: Path, target: Path, order: Order, *, made: Made, limits: Limits, on_progress: Progress, seen: Seen
) -> tuple[Result, AnimationSpec]:
    """Make `target` by `made`, once or a few times, and leave the best that fits there; also the order it came to.

    The same order gives the same bytes. Raises ResultTooLarge, naming the smallest size, when nothing fits.
    """
    windows = windows_of(source, order, limits=limits, ticks=_ticks, on_work=lambda: on_progress(0.0), seen=seen)
    spec, canvas = order.spec, windows.take.canvas
    rungs = ladder(spec, fps=int(canvas.fps), width=canvas.width, height=canvas.height)
    rungs = [rung for rung in rungs if _is_shown(windows.take, Fraction(rung.fps))]
    costs = [_cost(rung, rungs[0]) for rung in rungs]
    search = _Search(spec.max_bytes, guesses(rungs, windows, spec), costs)
    on_progress(GUESSED)
    held, best = b"", None
    while (number := search.next()) is not None:
        plain = settled(spec, rungs[number], width=canvas.width, height=canvas.height)
        try:
            # At the floors the refusal has to name all of it.
            most = 0 if number == len(rungs) - 1 else spec.max_bytes
            result = made(plain, portion(on_progress, *_share(search.tries)), most)
        except Overflowing:
            search.tell(number, *_foreseen(target.read_bytes(), windows, spec.max_bytes))
            continue
        search.tell(number, result.size)
        if result.size <= spec.max_bytes:
            held = b"" if search.next() is None or result.size > HELD else target.read_bytes()
            best = result, plain, rungs[number]
    if best is None:
        raise ResultTooLarge(_refusal(spec, search))
    result, plain, rung = best
    if held:
        target.write_bytes(held)
    told = Fitted(max_bytes=spec.max_bytes, moved=rung.moved_from(rungs[0]), tries=search.tries)
    on_progress(1.0)
    return result._replace(fitted=told, notes=(*result.notes, told.sentence)), plain


def _is_shown(take: Take, fps: Fraction) -> bool:
    """Whether its crossfade fits: rounded to ticks it may take more than half of them at one rate, not at the next."""
    playback = take.spec.playback
    return 2 * playback.fade(fps) <= take.segment.ticks(playback.rate(fps))


@dataclass(slots=True)
class _Search:
    """Which rung to try next. `guesses` are logarithms of bytes, which measuring puts right; `costs` are of a try."""

    limit: int
    guesses: list[Guess]
    costs: list[float]
    sizes: dict[int, int] = field(default_factory=dict)
    spent: float = GUESS
    over: int = -1
    under: int | None = None

    @property
    def tries(self) -> int:
        return len(self.sizes)

    def tell(self, number: int, size: int, share: float = 1.0) -> None:
        """What a rung has, or should have had when it was given up after a `share` of it."""
        self.sizes[number] = size
        self.spent += self.costs[number] * share
        if size <= self.limit:
            self.under = number
        else:
            self.over = number

    def next(self) -> int | None:
        """None when there is nothing more to try, or nothing worth it."""
        last = len(self.guesses) - 1
        if self.under is None:
            if self.over == last:
                return None
            return last if self.tries >= MOST_TRIES - 1 else self._aimed(self.over + 1, last)
        size = self.sizes[self.under]
        if self.under == self.over + 1 or size >= ENOUGH * self.limit or size > HELD or self.tries >= MOST_TRIES:
            return None
        better = self._aimed(self.over + 1, self.under - 1)
        return better if self.spent + self.costs[better] <= PATIENCE else None

    def _aimed(self, low: int, high: int) -> int:
        """The first rung from `low` to `high` that should fit; half-way where guesses have failed again and again."""
        if self.tries >= HALVED_FROM:
            return (low + high + 1) // 2
        aim = AIM ** (1 + self.tries**2) if self.under is None else AIM_BETTER
        wanted = math.log(self.limit * aim)
        if low == 0 and self._put_right(0) <= math.log(self.limit):
            return 0
        return next((number for number in range(low, high) if self._put_right(number) <= wanted), high)

    def _put_right(self, number: int) -> float:
        """A guess, off by as much as the measured rungs beside it: between two, by both, as they are near."""
        guess = self.guesses[number]
        off = {one: math.log(size) - self.guesses[one].whole for one, size in self.sizes.items()}
        above = max((one for one in off if one <= number), default=None)
        below = min((one for one in off if one >= number), default=None)
        if above is None:
            return guess.whole + (0.0 if below is None else off[below])
        if below is None:
            known = self.guesses[above]
            falls = self._fall(off[above]) * (guess.by_quality - known.by_quality) + guess.by_others - known.by_others
            return math.log(self.sizes[above]) + falls
        part = (number - above) / (below - above) if below > above else 0.0
        return guess.whole + off[above] * (1 - part) + off[below] * part

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


def _foreseen(file: bytes, windows: Windows, limit: int) -> tuple[int, float]:
    """What a file that has grown too large would have come to, and how much of it was made."""
    pictures = [picture for picture in written_pictures(file) if picture.end <= len(file)]
    canvas = windows.take.canvas
    share = min(1.0, sum(picture.ms for picture in pictures) * float(canvas.fps) / 1000 / canvas.ticks)
    if not 0 < share < 1:
        return max(limit + 1, len(file)), 1.0
    begins, written = pictures[0].end, pictures[-1].end
    return max(limit + 1, len(file), round(begins + (written - begins) / windows.part(share))), share


def _cost(rung: Rung, top: Rung) -> float:
    return DECODING + (1 - DECODING) * rung.fps / top.fps * (rung.edge / top.edge) ** 2


def _ticks(canvas: Canvas, _: Weights) -> int:
    return min(max(LEAST, canvas.ticks // SAMPLED), PIXELS // (canvas.width * canvas.height))


def _share(tries: int) -> tuple[float, float]:
    """From where to where the next try moves the progress."""
    left = (1 - GUESSED) / 2**tries
    return 1 - left, 1 - left / 2


def _refusal(spec: AnimationSpec, search: _Search) -> str:
    smallest = search.sizes[search.over]
    return (
        f"The picture can't be made within {spec.max_bytes:,} bytes: the smallest that its least quality, frame rate "
        f"and size allow has {smallest:,} bytes. Allow more bytes or lower floors, or choose a shorter segment."
    )
