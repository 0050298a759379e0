"""Budgets, and the sentences that say what would pass."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animator.core.errors import ContentUnsupported, ResultTooLarge
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.timeline import Segment


def check(seconds: Fraction | int, *, fps: int = 10, width: int = 640, height: int = 360) -> None:
    segment = Segment(Fraction(0), Fraction(seconds))
    DEFAULT_LIMITS.check_output(segment, fps=Fraction(fps), width=width, height=height)


@pytest.mark.parametrize(
    "wanted", [(300, 10, 640, 360), (100, 60, 640, 360), (48, 20, 2048, 2032), (1, 1, 16383, 16383)]
)
def test_what_just_fits_passes(wanted: tuple[int, int, int, int]) -> None:
    seconds, fps, width, height = wanted
    check(seconds, fps=fps, width=width, height=height)


@pytest.mark.parametrize(
    ("seconds", "fps", "size", "longest"),
    [(301, 10, (640, 360), 300), (101, 60, (640, 360), 100), (60, 20, (4096, 4096), 11.9)],
)
def test_what_goes_over_is_refused_with_the_longest_that_passes(
    seconds: int, fps: int, size: tuple[int, int], longest: float
) -> None:
    with pytest.raises(ResultTooLarge, match=f"the longest that passes is {longest} s") as caught:
        check(seconds, fps=fps, width=size[0], height=size[1])
    assert caught.value.code == "InvalidInput.ResultFileSizeTooLarge"


@given(seconds=st.integers(1, 1000), fps=st.integers(1, 60), width=st.integers(1, 4096), height=st.integers(1, 4096))
def test_the_longest_that_is_named_really_passes(seconds: int, fps: int, width: int, height: int) -> None:
    try:
        check(seconds, fps=fps, width=width, height=height)
    except ResultTooLarge as refused:
        named = re.search(r"passes is ([0-9.]+) s", str(refused))
        assert named
        check(Fraction(named[1]), fps=fps, width=width, height=height)


def test_an_edge_that_webp_cannot_hold_is_refused() -> None:
    with pytest.raises(ResultTooLarge, match="16383"):
        check(1, width=16384, height=2)


@pytest.mark.parametrize("size", [(8192, 4320), (4320, 8192), (1, 1), (5600, 6000)])
def test_a_source_within_bounds_passes_lying_or_standing(size: tuple[int, int]) -> None:
    DEFAULT_LIMITS.check_source(*size)


@pytest.mark.parametrize("size", [(8193, 16), (2, 16384), (8192, 4321)])
def test_a_source_with_too_many_pixels_is_unsupported(size: tuple[int, int]) -> None:
    with pytest.raises(ContentUnsupported, match="8192x4320"):
        DEFAULT_LIMITS.check_source(*size)


def test_limits_survive_json() -> None:
    limits = Limits(max_seconds=5, memory_bytes=1 << 30)
    assert Limits.from_dict(limits.as_dict()) == limits
