"""What effort does to a GIF: the look is the quality's business, and stays; the best costs fewer bytes for it."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from animator.core.order import BALANCED, BEST, FAST
from animator.gif.tuning import tuning_for
from tests.bench.rates import Point, bd_rate, blur, setbacks, ssim_db
from tests.unit.animator.drawn_scenes import NAMES, drawn
from tests.unit.animator.gif_clips import Picture, at, canvas_for, few_colours, made, seen
from tests.unit.animator.test_gif_range import judged

QUALITIES = (15, 45, 60, 75, 90, 100)


def with_effort(pictures: list[Picture], effort: int, *, quality: float = 75, threads: int = 2) -> bytes:
    return made(pictures, canvas_for(pictures, effort=effort, quality=quality, threads=threads))[0]


def curve(pictures: list[Picture], effort: int) -> list[Point]:
    return [judged(with_effort(pictures, effort, quality=one), pictures, quality=one) for one in QUALITIES]


@pytest.mark.parametrize("name", ["webcam", "pan"])
def test_effort_is_heard_and_keeps_the_look(name: str) -> None:
    pictures = drawn(name)
    fast, best = (with_effort(pictures, effort) for effort in (FAST, BEST))
    assert fast != best
    looks = [ssim_db(judged(data, pictures, quality=75)) for data in (fast, best)]
    assert looks[1] > looks[0] - 0.5
    assert looks[0] > looks[1] - 0.5


@pytest.mark.parametrize("quality", [20, 75, 95])
def test_more_effort_never_searches_less(quality: float) -> None:
    tunings = [tuning_for(quality, effort=effort) for effort in (1, 2, 3)]
    for field in ("sample", "bins", "passes", "patience", "search"):
        values = [getattr(tuning, field) for tuning in tunings]
        assert values == sorted(values)


def test_the_best_effort_makes_smaller_gifs_of_the_same_look() -> None:
    """On the mean over drawn scenes of all kinds; and no scene loses more than a percent, or has its quality turned."""
    rates = []
    for name in NAMES:
        pictures = drawn(name)
        balanced, best = (curve(pictures, effort) for effort in (BALANCED, BEST))
        assert setbacks(best) == []
        rates.append([bd_rate(best, balanced, measure) or 0.0 for measure in (ssim_db, blur)])
    assert np.max(rates) < 0.01
    assert np.all(np.mean(rates, axis=0) < -0.03)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32 - 1),
    colours=st.integers(1, 255),
    width=st.integers(1, 130),
    height=st.integers(1, 90),
)
def test_the_best_effort_draws_few_colours_exactly_and_no_larger(
    seed: int, colours: int, width: int, height: int
) -> None:
    pictures = few_colours(seed, count=3, width=width, height=height, colours=colours)
    balanced, best = (with_effort(pictures, effort) for effort in (BALANCED, BEST))
    frames = seen(best)
    for number, picture in enumerate(pictures):
        assert np.array_equal(at(frames, 100 * number + 50)[..., :3], picture)
    assert len(best) <= len(balanced)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(NAMES), quality=st.integers(1, 100))
def test_the_best_effort_makes_the_same_bytes_with_any_number_of_threads(name: str, quality: int) -> None:
    pictures = drawn(name)
    assert len({with_effort(pictures, BEST, quality=quality, threads=threads) for threads in (1, 2, 4)}) == 1


def test_a_long_run_of_one_colour_costs_the_best_effort_no_more() -> None:
    """Longer than the longest string that is looked for, in both kinds of runs: drawn and left."""
    plain = np.full((90, 2000, 3), (10, 200, 30), np.uint8)
    dotted = plain.copy()
    dotted[::30, ::500] = (250, 0, 0)
    balanced, best = (with_effort([plain, dotted, plain], effort) for effort in (BALANCED, BEST))
    assert np.array_equal(at(seen(best), 150)[..., :3], dotted)
    assert len(best) <= len(balanced)
