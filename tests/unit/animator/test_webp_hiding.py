"""Which blocks that have hardly changed stay as they are, judged by what a screen says has to be coded."""

import numpy as np
from numpy.typing import NDArray

from animator import kernel
from animator.kernel.webp import BLOCK, Patch, Screen
from animator.webp.tuning import tolerance_for
from tests.unit.animator.webp_reader import shown

SIDE = 8  # blocks


def _patch(before: NDArray[np.float64], after: NDArray[np.float64]) -> Patch:
    library = kernel.library()
    assert library is not None
    grey = [np.repeat(one.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2) for one in (before, after)]
    first, second = (one.image for one in shown(grey))
    width, height = first.width, first.height
    with Screen(library, width=width, height=height, alpha=False, tolerance=tolerance_for(75)) as screen:
        screen.update([first])
        patch = screen.update([second])
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
