"""What a GIF leaves as it is although its source changed a little: what would cost more bits than it is worth."""

from ctypes import byref, c_int32, c_size_t, c_void_p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from animator import kernel
from animator.gif.tuning import price, tolerance, tuning_for
from animator.kernel.build import build
from animator.kernel.calls import declared
from animator.kernel.gif import DEAREST, LEVELS
from tests.bench.rates import setbacks
from tests.unit.animator.drawn_scenes import drawn
from tests.unit.animator.gif_clips import at, canvas_for, made, moving_scene, seen
from tests.unit.animator.test_gif_ahead import plane_addresses
from tests.unit.animator.test_gif_range import at_quality

PASSING = 8  # levels of what stays for no time, gif.h


@pytest.fixture(scope="module", autouse=True)
def built_kernel() -> None:
    build()
    kernel.library.cache_clear()
    assert kernel.available()


def change_shown(*, edge: int, quality: float, more: int = 2) -> NDArray[np.float64]:
    """By how much a square of so many pixels a side among texture becomes lighter, where its source does for one
    picture, by so much more than what counts as unchanged."""
    (picture,) = moving_scene(1, noise=0)
    square = (slice(40, 40 + edge), slice(120, 120 + edge))
    lighter = picture.copy()
    lighter[square] += np.uint8(tuning_for(quality).keep + more)
    frames = seen(made([picture] * 4 + [lighter] + [picture] * 4, canvas_for([picture] * 9, quality=quality))[0])
    before, after = (at(frames, time)[..., :3].astype(np.float64) for time in (350, 450))
    return after[square] - before[square]


@pytest.mark.parametrize("quality", [50, 75, 85])
def test_a_lone_speck_that_hardly_differs_is_left_and_a_patch_is_drawn(quality: float) -> None:
    assert not change_shown(edge=1, quality=quality).any()
    assert change_shown(edge=16, quality=quality).mean() > 2


def test_at_100_a_lone_speck_is_drawn() -> None:
    assert change_shown(edge=1, quality=100, more=8).any()


def test_a_lone_speck_that_everybody_sees_is_drawn() -> None:
    (picture,) = moving_scene(1)
    spotted = picture.copy()
    spotted[40, 30] = (250, 20, 20)
    pictures = [picture, picture, spotted, spotted]
    shown = seen(made(pictures, canvas_for(pictures, quality=50))[0])[-1].rgba[..., :3]
    assert np.abs(shown[40, 30].astype(np.int64) - (250, 20, 20)).max() < 60


@given(low=st.floats(1, 99.9), high=st.floats(1, 99.9), level=st.integers(0, 2 * PASSING - 1))
def test_more_quality_never_makes_leaving_cheaper(low: float, high: float, level: int) -> None:
    low, high = sorted((low, high))
    assert price(level, low) <= price(level, high) <= DEAREST


@pytest.mark.parametrize("quality", [1, 40, 75, 90, 99])
def test_leaving_is_dearer_the_less_is_allowed_to_strings(quality: float) -> None:
    levels = sorted(range(LEVELS), key=lambda level: tolerance(level, quality))
    prices = [price(level, quality) for level in levels]
    assert prices == sorted(prices, reverse=True)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), pixels=st.sampled_from([1, 31, 33, 1000]), limit=st.integers(0, 9))
def test_what_is_drawn_anew_is_counted_as_numpy_counts_it(seed: int, pixels: int, limit: int) -> None:
    random = np.random.default_rng(seed)
    was = random.integers(0, 256, (3, pixels)).astype(np.uint8)
    now = (was + random.integers(-12, 13, (3, pixels))).clip(0, 255).astype(np.uint8)
    keep = random.integers(0, 2, pixels).astype(np.uint8)
    library = kernel.library()
    assert library is not None
    count = declared(library, "gif_count_renewed", c_int32, c_void_p, c_void_p, c_void_p, c_size_t, c_int32)
    off = np.abs(now.astype(int) - was)
    same = (off[0] <= limit) & (off[1] <= limit) & (off[2] <= 2 * limit)
    found = count(keep.ctypes.data, byref(plane_addresses(now)), byref(plane_addresses(was)), pixels, limit)
    assert found == np.sum(same & (keep == 0))


@pytest.mark.parametrize("name", ["traffic", "credits"])
def test_no_trifle_decides_whether_a_still_scene_is_drawn_once_more(name: str) -> None:
    """It did: a tenth of the bytes came and went from one quality to the next."""
    pictures = drawn(name)
    assert setbacks([at_quality(pictures, quality) for quality in range(60, 101, 2)]) == []
