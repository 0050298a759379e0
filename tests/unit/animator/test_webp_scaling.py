"""What pictures of the best quality are made of."""

from fractions import Fraction

import numpy as np
import pytest
from av import VideoFrame

from animator.picture.geometry import Geometry
from animator.picture.orientation import Orientation
from animator.webp.scaling import ChromaScaler
from tests.unit.animator.webp_reader import planes_of

SIDE = 64


def _noise(*, chroma: int) -> VideoFrame:
    """Noise around a light grey, its chroma up to so many steps off."""
    random = np.random.default_rng(2)
    luma = random.integers(150, 220, (SIDE, SIDE))
    rest = random.integers(128 - chroma, 128 + chroma + 1, (SIDE // 2, SIDE))
    frame = VideoFrame.from_ndarray(np.concatenate([luma, rest]).astype(np.uint8), format="yuv420p")
    frame.colorspace, frame.color_range = 5, 1  # what a WebP has
    return frame


def _scaled(frame: VideoFrame, *, quality: float) -> VideoFrame:
    film = Geometry.of(frame, aspect=Fraction(1), orientation=Orientation())
    scaler = ChromaScaler(width=SIDE, height=SIDE, film=film, quality=quality)
    return scaler.scaled(frame, aspect=Fraction(1))


@pytest.mark.parametrize("quality", [95.0, 100.0])
def test_coloured_noise_that_rgb_cannot_hold_stays_as_it_is(quality: float) -> None:
    """Quality 100 was 2 to 3 % worse in decibels than 95: clipped in RGB, its chroma was another once it was halved."""
    frame = _noise(chroma=100)
    for there, wanted in zip(planes_of(_scaled(frame, quality=quality)), planes_of(frame), strict=True):
        assert np.abs(there.astype(int) - wanted).max() <= 1


def test_colours_that_rgb_holds_are_made_of_it() -> None:
    frame = _noise(chroma=2)
    best, usual = (_scaled(frame, quality=quality) for quality in (100.0, 95.0))
    assert any((one != other).any() for one, other in zip(planes_of(best), planes_of(usual), strict=True))
