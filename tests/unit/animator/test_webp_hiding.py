"""Which blocks that have hardly changed stay as they are, judged by what a screen says has to be coded."""

import numpy as np
import pytest
from numpy.typing import NDArray

from animator import kernel
from animator.kernel.webp import BLOCK, Patch, Screen
from animator.webp.tuning import tolerance_for
from tests.unit.animator.webp_reader import shown

SIDE = 8  # blocks


def _patches(*pictures: NDArray[np.float64], ahead: bool = False, quality: float = 75) -> list[Patch | None]:
    """What has to be coded of each picture, which knows those that follow if it looks `ahead`."""
    library = kernel.library()
    assert library is not None
    grey = [np.repeat(one.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2) for one in pictures]
    images = [one.image for one in shown(grey)]
    size = {"width": images[0].width, "height": images[0].height}
    with Screen(library, **size, alpha=False, tolerance=tolerance_for(quality)) as screen:
        return [screen.update(images[place:] if ahead else [one]) for place, one in enumerate(images)]


def _patch(before: NDArray[np.float64], after: NDArray[np.float64]) -> Patch:
    patch = _patches(before, after)[1]
    assert patch is not None
    return patch


def _waves(strength: float, *, place: int = 0) -> NDArray[np.float64]:
    down, across = np.mgrid[0 : SIDE * BLOCK, 0 : SIDE * BLOCK]
    waves: NDArray[np.float64] = 120 + strength * np.sin((across + place) / 3) * np.cos(down / 4)
    return waves


def _where(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Blocks as pixels."""
    return chosen.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


def test_blocks_that_stay_here_and_there_between_moving_ones_are_drawn() -> None:
    """Each edge of theirs costs more than they spare: footage from a shaken camera was larger than whole pictures."""
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    still, moved = _waves(8), _waves(8, place=9)
    scattered = _patch(still, np.where(_where((down + across) % 2 == 0), moved, still))
    assert not scattered.hides


def test_as_many_blocks_that_stay_together_are_hidden() -> None:
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    still, moved = _waves(8), _waves(8, place=9)
    moves = (across < SIDE / 2) | ((across == SIDE - 1) & (down == 0))
    together = _patch(still, np.where(_where(moves), moved, still))
    assert together.hides
    assert together.place.columns == SIDE


def test_noise_that_a_coder_loses_anyway_is_no_reason_to_hide_a_block() -> None:
    """A sky with a sensor's noise counted as if it cost bytes, so that much seemed spared by hiding it."""
    random = np.random.default_rng(3)
    sky = 120 + random.integers(0, 2, (SIDE * BLOCK, SIDE * BLOCK)).astype(np.float64)
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    moves = _where((across % 3 == 0) & (down % 3 == 0))
    patch = _patch(sky, np.where(moves, _waves(12), sky))
    assert not patch.hides


def _noise(seed: int, *, deep: float) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, deep, (SIDE * BLOCK, SIDE * BLOCK))


def test_noise_that_a_coder_loses_is_no_change() -> None:
    """A still wall in a dim room was coded again and again: more bytes than at a lower quality, and as good a look."""
    wall = _waves(8)
    assert _patches(*(wall + _noise(seed, deep=2.5) for seed in range(2)))[1] is None


def test_noise_that_a_coder_keeps_is_a_change() -> None:
    wall = _waves(8)
    patch = _patches(*(wall + _noise(seed, deep=2.5) for seed in range(2)), quality=95)[1]
    assert patch is not None
    assert not patch.hides


def test_faint_bars_that_move_are_a_change_though_noise_as_strong_is_none() -> None:
    across = np.arange(SIDE * BLOCK)[None, :].repeat(SIDE * BLOCK, axis=0)
    bars = [120 + 5.0 * ((across + place) % 8 < 4) for place in (0, 4)]
    assert np.square(bars[1] - bars[0]).mean() < 2 * 3.6**2
    assert _patches(*(120 + _noise(seed, deep=3.6) for seed in range(2)))[1] is None
    assert _patches(*bars)[1] is not None


@pytest.mark.parametrize("rest", range(1, 4))
def test_a_change_in_the_last_columns_and_lines_is_seen_where_four_do_not_fit(rest: int) -> None:
    side = 2 * BLOCK + rest
    for changed in (np.s_[2 * BLOCK :, :BLOCK], np.s_[:BLOCK, 2 * BLOCK :]):
        still = np.full((side, side), 120.0)
        moved = still.copy()
        moved[changed] += 20
        patch = _patches(still, moved)[1]
        assert patch is not None
        assert patch.place.shown == 1


def test_what_will_be_coded_whole_around_it_is_not_coded_for_staying() -> None:
    """It was coded more finely, as if it stayed, drawn as the mean of those pictures, and coded again in the next."""
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    still, moved = _waves(8), _waves(8, place=9)
    scattered = _where((down % 2 == 0) & (across % 2 == 0))
    first = _patches(still, np.where(scattered, still, moved), ahead=True)[0]
    together = _patches(still, np.where(_where(down < SIDE / 2), still, moved), ahead=True)[0]
    assert first is not None
    assert first.place.life == 1
    assert together is not None
    assert together.place.life == pytest.approx(1.5, abs=0.1)
