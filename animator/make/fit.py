"""A picture that is no larger than it may be: guess by a few pieces, aim, make, aim better."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from animator.core.errors import ResultTooLarge
from animator.core.fitted import Fitted
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.progress import Progress, portion
from animator.core.result import Result
from animator.make.ladder import Rung, ladder, settled
from animator.make.seen import Seen
from animator.make.take import Take
from animator.make.windows import Windows, windows_of
from animator.picture.frames import Canvas
from animator.read.weights import Weights

# A try aims a little below, since a step of a knob is a few hundredths of the size; nearer, when one fits already.
AIM, AIM_BETTER = 0.94, 0.97
# Used so far, the largest size is used well enough.
ENOUGH = 0.85
# What fits will do when another try would make it cost more than this, in pictures as they were asked for. The guess
# costs about one, and so much of a try is decoding, which a smaller picture doesn't spare.
PATIENCE, GUESS, DECODING = 3.0, 1.0, 0.4
# So many tries are made at most: the last of them is at the floors. From the second number on, guesses aren't believed.
MOST_TRIES, HALVED_FROM = 8, 5
# A finished file is held in memory while another is tried, if it isn't larger.
HELD = 64 * 1024**2
# How bytes follow the frame rate and the pixels: less than in proportion, as the rest then changes more.
BY_RATE, BY_PIXELS = 0.75, 0.85
# Of a picture's ticks, so many are tried for the guess, in pieces of which there are so many at most.
SAMPLED, PIXELS = 6, 27_000_000
# The guess takes this share of the progress, and each try half of what is left.
GUESSED = 0.1

Made = Callable[[AnimationSpec, Progress], Result]


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
    search = _Search(spec.max_bytes, _guesses(rungs, windows, spec), costs)
    on_progress(GUESSED)
    held, best = b"", None
    while (number := search.next()) is not None:
        plain = settled(spec, rungs[number], width=canvas.width, height=canvas.height)
        result = made(plain, portion(on_progress, *_share(search.tries)))
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
    return replace(result, fitted=told, notes=(*result.notes, told.sentence)), plain


def _is_shown(take: Take, fps: Fraction) -> bool:
    """Whether its crossfade fits: rounded to ticks it may take more than half of them at one rate, not at the next."""
    playback = take.spec.playback
    return 2 * playback.fade(fps) <= take.segment.ticks(playback.rate(fps))


@dataclass(slots=True)
class _Search:
    """Which rung to try next. `guesses` are logarithms of bytes, which measuring puts right; `costs` are of a try."""

    limit: int
    guesses: list[float]
    costs: list[float]
    sizes: dict[int, int] = field(default_factory=dict)
    over: int = -1
    under: int | None = None

    @property
    def tries(self) -> int:
        return len(self.sizes)

    def tell(self, number: int, size: int) -> None:
        self.sizes[number] = size
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
        spent = GUESS + sum(self.costs[number] for number in self.sizes)
        return better if spent + self.costs[better] <= PATIENCE else None

    def _aimed(self, low: int, high: int) -> int:
        """The first rung from `low` to `high` that should fit; half-way where guesses have failed again and again."""
        if self.tries >= HALVED_FROM:
            return (low + high + 1) // 2
        aim = AIM ** max(1, self.tries) if self.under is None else AIM_BETTER
        wanted = math.log(self.limit * aim)
        if low == 0 and self._put_right(0) <= math.log(self.limit):
            return 0
        return next((number for number in range(low, high) if self._put_right(number) <= wanted), high)

    def _put_right(self, number: int) -> float:
        """A guess, off by as much as the measured rungs beside it: between two, by both, as they are near."""
        off = {one: math.log(size) - self.guesses[one] for one, size in self.sizes.items()}
        above = max((one for one in off if one <= number), default=None)
        below = min((one for one in off if one >= number), default=None)
        if above is None or below is None:
            near = above if below is None else below
            return self.guesses[number] + (0.0 if near is None else off[near])
        part = (number - above) / (below - above) if below > above else 0.0
        return self.guesses[number] + off[above] * (1 - part) + off[below] * part


def _guesses(rungs: list[Rung], windows: Windows, spec: AnimationSpec) -> list[float]:
    """The logarithm of each rung's bytes, by three qualities of the pieces and two rules for the other knobs."""
    top, least = rungs[0], min(rung.quality for rung in rungs)
    points = sorted({top.quality, (top.quality + least) / 2, least})
    logs = [math.log(max(1.0, windows.size(replace(spec, quality=quality))[0])) for quality in points]

    def guess(rung: Rung) -> float:
        rate, pixels = rung.fps / top.fps, (rung.edge / top.edge) ** 2
        return _between(rung.quality, points, logs) + BY_RATE * math.log(rate) + BY_PIXELS * math.log(pixels)

    return [guess(rung) for rung in rungs]


def _cost(rung: Rung, top: Rung) -> float:
    return DECODING + (1 - DECODING) * rung.fps / top.fps * (rung.edge / top.edge) ** 2


def _between(quality: float, points: list[float], logs: list[float]) -> float:
    for left, right, low, high in zip(points, points[1:], logs, logs[1:], strict=False):
        if quality <= right:
            return low + (high - low) * (quality - left) / (right - left)
    return logs[-1]


def _ticks(canvas: Canvas, _: Weights) -> int:
    most = PIXELS // (canvas.width * canvas.height)
    return min(canvas.ticks // SAMPLED, most)


def _share(tries: int) -> tuple[float, float]:
    """From where to where the next try moves the progress."""
    left = (1 - GUESSED) / 2**tries
    return 1 - left, 1 - left / 2


def _refusal(spec: AnimationSpec, search: _Search) -> str:
    smallest = min(search.sizes.values())
    return (
        f"The picture can't be made within {spec.max_bytes:,} bytes: the smallest that its least quality, frame rate "
        f"and size allow has {smallest:,} bytes. Allow more bytes or lower floors, or choose a shorter segment."
    )
