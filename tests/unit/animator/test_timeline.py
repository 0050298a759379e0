"""Offsets and ticks, against docs/protocol 2.3.1 and a model that simply looks at every tick."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animator.core.errors import InvalidTimeOffset
from animator.core.timeline import Segment, resolve

TEN = Fraction(10)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, (0, 10)),
        (0, 0, (0, 10)),
        (2, 5.5, (2, 5.5)),
        (0.1, 0.3, (Fraction(1, 10), Fraction(3, 10))),
        (-3, 0, (7, 10)),
        (-3, -1, (7, 9)),
        (1, -1, (1, 9)),
        (2, 99, (2, 10)),
        (-20, 0, (0, 10)),
    ],
)
def test_offsets_name_seconds_from_the_beginning_or_before_the_end(
    start: float | None, end: float | None, expected: tuple[Fraction, Fraction]
) -> None:
    segment = resolve(start, end, duration=TEN)
    assert (segment.start, segment.end) == expected


@pytest.mark.parametrize(
    ("start", "end"), [(10, 0), (12, 0), (5, 5), (5, 2), (-1, -2), (0, -10), (0, -11), (math.nan, 0), (0, math.inf)]
)
def test_an_empty_segment_is_an_invalid_time_offset(start: float, end: float) -> None:
    with pytest.raises(InvalidTimeOffset) as caught:
        resolve(start, end, duration=TEN)
    assert caught.value.code == "InvalidInput.InvalidTimeOffset"


def test_the_sentence_names_the_numbers() -> None:
    with pytest.raises(InvalidTimeOffset, match=r"start at 5 s \(offset 5\) but end at 2 s \(offset -8\).*lasts 10 s"):
        resolve(5, -8, duration=TEN)


offsets = st.floats(-20, 20, allow_nan=False).map(lambda value: round(value, 3))


@given(start=offsets, end=offsets, duration=st.fractions(Fraction(1, 100), 15, max_denominator=1000))
def test_a_segment_lies_within_the_video_and_is_never_empty(start: float, end: float, duration: Fraction) -> None:
    try:
        segment = resolve(start, end, duration=duration)
    except InvalidTimeOffset:
        return
    assert 0 <= segment.start < segment.end <= duration


@pytest.mark.parametrize(
    ("seconds", "fps", "ticks"), [("2", 10, 20), ("0.01", 10, 1), ("0.25", 10, 3), ("0.24", 10, 2)]
)
def test_ticks_are_rounded_half_up_and_at_least_one(seconds: str, fps: int, ticks: int) -> None:
    assert Segment(Fraction(0), Fraction(seconds)).ticks(Fraction(fps)) == ticks


@given(
    stamp=st.integers(-90_000, 900_000),
    start=st.fractions(0, 5, max_denominator=1000),
    origin=st.fractions(-5, 5, max_denominator=90_000),
    fps=st.fractions(1, 60, max_denominator=1001),
    base=st.sampled_from([Fraction(1, 90_000), Fraction(1, 1000), Fraction(1001, 30_000), Fraction(1, 12_800)]),
)
def test_stamps_and_seconds_give_the_same_tick(
    stamp: int, start: Fraction, origin: Fraction, fps: Fraction, base: Fraction
) -> None:
    segment = Segment(start, start + 5)
    by_stamp = segment.first_tick_of_stamps(fps, time_base=base, origin=origin)
    assert by_stamp(stamp) == segment.first_tick(stamp * base - origin, fps)


moments = st.fractions(-2, 12, max_denominator=90_000)


@given(moment=moments, start=st.fractions(0, 5, max_denominator=1000), fps=st.integers(1, 60))
def test_a_picture_first_shows_at_the_first_tick_whose_middle_lies_after_its_beginning(
    moment: Fraction, start: Fraction, fps: int
) -> None:
    first = Segment(start, start + 5).first_tick(moment, Fraction(fps))
    middle = start + Fraction(2 * first + 1, 2 * fps)
    assert moment < middle
    assert first == 0 or moment >= middle - Fraction(1, fps)
