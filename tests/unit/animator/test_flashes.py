"""What flashes is counted as WCAG 2.3.1 has it: anywhere on a picture of any size, in a loop of any length."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animator.make.flashes import AREA, HIGH, WIDE, Flashes
from animator.picture.frames import Shown

# Places of the grid are coarse: what lies between these shares of what counts may go either way.
SURELY_NOT, SURELY = 0.6, 1.6


def counted(lit: list[bool], part: tuple[slice, slice], size: tuple[int, int], *, fps: int, turns: int) -> Flashes:
    """A part of a dark picture is white at some ticks."""
    width, height = size
    pixels = np.zeros((2, height, width, 3), np.uint8)
    pixels[1][part] = 255
    frames = [av.VideoFrame.from_ndarray(one, format="rgb24") for one in pixels]
    flashes = Flashes(Fraction(fps))
    shown = (Shown(tick, frames[is_lit]) for tick, is_lit in enumerate(lit))
    assert len(list(flashes.watched(shown, ticks=len(lit), turns=turns))) == len(lit)
    return flashes


def flashes_of(lit: list[bool], *, fps: int, turns: int) -> int:
    """Pairs of changes that any second shows of so many turns (0: for ever, of which a few stand for all)."""
    shown = lit * (turns or 3 + 2 * fps // len(lit))
    changes = [tick for tick in range(1, len(shown)) if shown[tick] != shown[tick - 1]]
    return max((sum(begin <= tick < begin + fps for tick in changes) // 2 for begin in changes), default=0)


@settings(max_examples=40, deadline=None)
@given(
    lit=st.lists(st.booleans(), min_size=1, max_size=40),
    fps=st.sampled_from([5, 10, 24]),
    turns=st.sampled_from([0, 0, 1, 2, 5]),
    size=st.sampled_from([(64, 48), (341, 256), (640, 360), (200, 700), (1280, 720)]),
    data=st.data(),
)
def test_any_part_that_is_large_enough_is_counted_as_often_as_a_second_shows_it(
    lit: list[bool], fps: int, turns: int, size: tuple[int, int], data: st.DataObject
) -> None:
    sides = [data.draw(st.integers(2, side)) for side in size]
    left, top = (data.draw(st.integers(0, side - part)) for side, part in zip(size, sides, strict=True))
    seen = min(sides[0], WIDE) * min(sides[1], HIGH)
    share = seen / (AREA * min(size[0], WIDE) * min(size[1], HIGH))
    flashes = counted(lit, (slice(top, top + sides[1]), slice(left, left + sides[0])), size, fps=fps, turns=turns)
    if share >= SURELY and min(sides) >= min(size[0], WIDE) / 4:
        assert flashes.most == flashes_of(lit, fps=fps, turns=turns)
    elif share <= SURELY_NOT and max(sides) <= 2 * min(sides):
        assert flashes.most == 0
    assert flashes.most in (0, flashes_of(lit, fps=fps, turns=turns))
    assert bool(flashes.warning) is (flashes.most > 3)


@pytest.mark.parametrize("ticks", range(1, 13))
def test_a_loop_of_any_length_is_counted_over_its_seam(ticks: int) -> None:
    lit = [tick < ticks / 2 for tick in range(ticks)]
    flashes = counted(lit, (slice(None), slice(None)), (64, 48), fps=12, turns=0)
    assert flashes.most == flashes_of(lit, fps=12, turns=0)
