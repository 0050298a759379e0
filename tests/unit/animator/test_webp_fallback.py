"""WebPs on a machine where the kernel was not built."""

from collections.abc import Iterator

import numpy as np
import pytest

from animator import kernel
from tests.unit.animator.webp_reader import as_decoded, canvas_for, encoded, moving_square, planes_of, played, shown


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kernel, "library", lambda: None)
    yield


def test_each_tick_shows_its_picture_and_the_record_says_what_is_amiss() -> None:
    pictures = moving_square(96, 64, count=5)
    given = shown(pictures)
    data, told = encoded(given, canvas_for(pictures))
    there = played(data)
    assert "whole" in told.notes[0]
    assert sum(there.durations) == told.duration_ms == 500
    for tick, picture in enumerate(given):
        error = there.at(100 * tick + 50)[..., :3].astype(float) - as_decoded(picture.image)
        assert np.sqrt(np.mean(error**2)) < 8


def test_equal_neighbours_are_one_frame() -> None:
    picture = moving_square(64, 64, count=1)[0]
    _, told = encoded(shown([picture, picture, picture]), canvas_for([picture] * 3))
    assert (told.frames, told.duration_ms) == (1, 300)


def test_alpha_is_kept() -> None:
    opaque = moving_square(64, 48, count=3)
    pictures = [np.dstack([picture, np.full(picture.shape[:2], 90, np.uint8)]) for picture in opaque]
    pictures[1][:20, :20, 3] = 0
    given = shown(pictures)
    data, _ = encoded(given, canvas_for(pictures))
    for tick, picture in enumerate(given):
        np.testing.assert_array_equal(played(data).at(100 * tick + 50)[..., 3], planes_of(picture.image)[3])
