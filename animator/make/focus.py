"""Where in a film something happens: what moves and is sharp, over a whole segment."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from animator.core.framing import View
from animator.core.timeline import Segment
from animator.make.greys import greys
from animator.picture.geometry import Geometry
from animator.read.moments import pictures_at
from animator.read.source import Source

# So many places of the segment are looked at, each twice, so many seconds apart.
PLACES, APART = 8, Fraction(1, 5)
# Steps of luma that are noise, and how much what moves counts beside what is sharp.
NOISE, MOVING = 6, 0.7
# How much less counts what lies at the very edge: of two places that are as good, the middle one is taken.
OFF_CENTRE = 0.1
Profile = npt.NDArray[np.float64]


def focus(source: Source, segment: Segment, film: Geometry, *, aspect: Fraction, on_work: Callable[[], None]) -> View:
    """The part of this aspect, as large as fits, that has the most to look at. The same segment gives the same part."""
    wide, high = (
        min(Fraction(1), film.height * aspect / film.width),
        min(Fraction(1), film.width / aspect / film.height),
    )
    if wide == high == 1:
        return View(Fraction(0), Fraction(0), wide, high)
    across, down = _profiles(source, segment, film, on_work=on_work)
    return View(_placed(across, wide), _placed(down, high), wide, high)


def _profiles(
    source: Source, segment: Segment, film: Geometry, *, on_work: Callable[[], None]
) -> tuple[Profile, Profile]:
    """How much there is to look at in each column and each row."""
    apart = min(APART, segment.duration / (2 * PLACES))
    begins = [segment.start + segment.duration * place / PLACES for place in range(PLACES)]
    moments = [moment for begin in begins for moment in (begin, begin + apart)]
    pictures = [grey for _, grey in greys(pictures_at(source, moments, on_work=on_work), film)]
    moving = np.zeros(pictures[0].shape, np.int64)
    sharp = np.zeros_like(moving)
    for one, other in zip(pictures[::2], pictures[1::2], strict=True):
        moving += np.maximum(np.abs(one.astype(np.int64) - other) - NOISE, 0)
        sharp += _edges(one)
    weights = (MOVING, moving), (1 - MOVING, sharp)
    shares = [weight * counted / counted.sum() for weight, counted in weights if counted.sum()]
    total = sum(shares, np.full(moving.shape, 1e-12))
    return total.sum(axis=0), total.sum(axis=1)


def _edges(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    grey = picture.astype(np.int64)
    found = np.zeros_like(grey)
    found[:, 1:] += np.maximum(np.abs(grey[:, 1:] - grey[:, :-1]) - NOISE, 0)
    found[1:, :] += np.maximum(np.abs(grey[1:, :] - grey[:-1, :]) - NOISE, 0)
    return found


def _placed(profile: Profile, share: Fraction) -> Fraction:
    """From which share of the side on a part so long has most, the middle one where several have as much."""
    side = len(profile)
    length = min(side, max(1, round(share * side)))
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    found = sums[length:] - sums[:-length]
    free = side - length
    if free == 0:
        return (1 - share) / 2
    off = np.abs(np.arange(free + 1) * 2 - free) / free
    best = int(np.argmax(np.round(found / sums[-1] * (1 - OFF_CENTRE * off), 9)))
    return (1 - share) * Fraction(best, free)
