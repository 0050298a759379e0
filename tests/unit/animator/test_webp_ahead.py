"""What the WebP encoder makes of the pictures ahead, judged by what Pillow's decoder shows."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from animator.webp.tuning import LOOK_AHEAD, coder_quality, coder_step, look_ahead, quality_of
from tests.unit.animator.webp_reader import as_decoded, canvas_for, encoded, luma, noisy_pan, played, shown

SIDE = 64
Pixels = NDArray[np.uint8]


def _grey(level: float) -> Pixels:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def _waves(place: int = 0) -> NDArray[np.float64]:
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    waves: NDArray[np.float64] = 120 + 50 * np.sin((across + place) / 5) * np.cos(down / 7)
    return waves


def _coloured(values: NDArray[np.float64]) -> Pixels:
    return np.repeat(values.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _error(pictures: list[Pixels], tick: int, *, wanted: Pixels, quality: float) -> float:
    """Mean square of the luma at a tick."""
    file, _ = encoded(shown(pictures), canvas_for(pictures, quality=quality))
    there = luma(played(file).at(100 * tick))
    return float(np.mean((there - luma(as_decoded(shown([wanted])[0].image))) ** 2))


def test_what_comes_to_rest_a_little_off_is_not_left_so_for_good() -> None:
    pictures = [*[_grey(120)] * (LOOK_AHEAD + 1), *[_grey(121)] * 12]
    file, told = encoded(shown(pictures), canvas_for(pictures, quality=45.0))
    assert told.frames == 2
    first, last = (luma(played(file).at(tick * 100)).mean() for tick in (0, LOOK_AHEAD + 12))
    assert last > first + 0.5


def test_what_goes_to_and_fro_by_as_little_stays() -> None:
    pictures = [_grey(120 + place % 2) for place in range(13)]
    _, told = encoded(shown(pictures), canvas_for(pictures, quality=45.0))
    assert told.frames == 1


def test_a_camera_s_noise_is_drawn_as_its_mean() -> None:
    random = np.random.default_rng(5)
    noisy = [_coloured(_waves() + random.normal(0, 2, (SIDE, SIDE))) for _ in range(LOOK_AHEAD)]
    clean = _coloured(_waves())
    alone = _error(noisy[:1], 0, wanted=clean, quality=98.0)
    assert _error(noisy, 0, wanted=clean, quality=75.0) < 0.75 * alone


def test_what_stays_is_coded_better_than_what_is_gone_at_once() -> None:
    first = _coloured(_waves())
    staying = _error([first] * 6, 0, wanted=first, quality=50.0)
    gone = _error([first, *(_coloured(_waves(4 * place)) for place in range(1, 6))], 0, wanted=first, quality=50.0)
    assert staying < 0.6 * gone


def test_where_all_moves_nothing_is_mixed_with_the_next_picture() -> None:
    pictures = noisy_pan(96, 64, count=6)
    file, _ = encoded(shown(pictures), canvas_for(pictures, quality=75.0))
    alone, _ = encoded(shown(pictures[:1]), canvas_for(pictures[:1], quality=75.0))
    np.testing.assert_array_equal(played(file).pictures[0], played(alone).pictures[0])


def test_a_long_clip_gives_the_same_beginning_whatever_follows_the_pictures_ahead() -> None:
    pictures = [_coloured(_waves(place // 5)) for place in range(30)]
    other = [*pictures[:20], *[_grey(3)] * 10]
    files = [encoded(shown(given), canvas_for(given, fps=Fraction(10)))[0] for given in (pictures, other)]
    there = [played(file) for file in files]
    for tick in range(20 - LOOK_AHEAD):
        np.testing.assert_array_equal(there[0].at(100 * tick), there[1].at(100 * tick))


@pytest.mark.parametrize("quality", [1.0, 30.0, 75.0, 90.0, 97.0, 100.0])
def test_a_coder_s_quality_grows_with_life_and_stays_in_its_range(quality: float) -> None:
    found = [coder_quality(quality, share=share, life=life) for life in (1, 1.5, 3, 9) for share in (1.0, 0.1)]
    assert all(quality <= one <= 100 for one in found)
    assert found[::2] == sorted(found[::2])


@pytest.mark.parametrize("quality", [1.0, 30.0, 62.0, 75.0, 90.0, 100.0])
def test_a_step_s_quality_is_the_inverse_of_a_quality_s_step(quality: float) -> None:
    assert quality_of(coder_step(quality)) == pytest.approx(quality)


def test_pictures_ahead_take_no_more_memory_the_larger_they_are() -> None:
    assert look_ahead(640 * 360 * 3 // 2) == LOOK_AHEAD
    assert 1 <= look_ahead(3840 * 2160 * 3 // 2) < LOOK_AHEAD
    assert look_ahead(2**40) == 1
