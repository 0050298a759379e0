"""When the pictures of a GIF come up."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from animator.gif.file import LONGEST_DELAY
from animator.gif.pacing import end, paced
from animator.picture.frames import Canvas, Shown
from tests.unit.animator.gif_clips import canvas_for, few_colours, made, seen

PICTURE = few_colours(0, count=1, width=2, height=2)[0]


def canvas(*, fps: int, ticks: int) -> Canvas:
    return canvas_for([PICTURE], fps=fps, ticks=ticks)


def starts(firsts: list[int], where: Canvas) -> list[int]:
    return [start for start, _ in paced((Shown(first, None) for first in firsts), where)]  # type: ignore[arg-type]


@given(st.integers(1, 120), st.sets(st.integers(1, 400), max_size=40))
def test_every_picture_lasts_at_least_two_hundredths_and_none_is_more_than_its_rounding_off(
    fps: int, later: set[int]
) -> None:
    firsts = [0, *sorted(later)]
    where = canvas(fps=fps, ticks=firsts[-1] + 1)
    found = starts(firsts, where)
    last = end(found[-1], where)
    assert found[0] == 0
    assert min(b - a for a, b in pairwise([*found, last])) >= 2
    exact = [100 * first / Fraction(fps) for first in firsts]
    assert all(start == 0 or min(abs(start - there) for there in exact) <= Fraction(1, 2) for start in found)
    assert abs(last - 100 * Fraction(firsts[-1] + 1) / fps) <= 2


@given(st.integers(1, 50), st.integers(1, 200))
def test_up_to_fifty_a_second_no_picture_is_left_out_and_the_sum_is_right(fps: int, ticks: int) -> None:
    where = canvas(fps=fps, ticks=ticks)
    found = starts(list(range(ticks)), where)
    assert len(found) == ticks
    assert end(found[-1], where) == round(Fraction(100 * ticks, fps))


def test_a_delay_longer_than_a_gif_knows_is_split() -> None:
    first, second = few_colours(8, count=2)
    data, encoded = made([first, second], canvas_for([first], fps=1, ticks=1501), [0, 1500])
    frames = seen(data)
    assert sum(frame.duration for frame in frames) == encoded.duration_ms == 1_501_000
    assert max(frame.duration for frame in frames) <= 10 * LONGEST_DELAY
    assert all((frame.rgba == frames[0].rgba).all() for frame in frames[:-1])
