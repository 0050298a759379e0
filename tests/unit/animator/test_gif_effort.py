"""What effort does to a GIF: the look is the quality's business, and stays."""

import pytest

from animator.core.order import BEST, FAST
from animator.gif.tuning import tuning_for
from tests.bench.rates import ssim_db
from tests.unit.animator.drawn_scenes import drawn
from tests.unit.animator.gif_clips import Picture, canvas_for, made
from tests.unit.animator.test_gif_range import judged


def with_effort(pictures: list[Picture], effort: int) -> bytes:
    return made(pictures, canvas_for(pictures, effort=effort))[0]


@pytest.mark.parametrize("name", ["webcam", "pan"])
def test_effort_is_heard_and_keeps_the_look(name: str) -> None:
    pictures = drawn(name)
    fast, best = (with_effort(pictures, effort) for effort in (FAST, BEST))
    assert fast != best
    looks = [ssim_db(judged(data, pictures, quality=75)) for data in (fast, best)]
    assert looks[1] > looks[0] - 0.1
    assert looks[0] > looks[1] - 0.5


@pytest.mark.parametrize("quality", [20, 75, 95])
def test_more_effort_never_searches_less(quality: float) -> None:
    tunings = [tuning_for(quality, effort=effort) for effort in (1, 2, 3)]
    for field in ("sample", "bins", "passes", "patience"):
        values = [getattr(tuning, field) for tuning in tunings]
        assert values == sorted(values)
