"""Packets tell where a scene changes and where nothing happens, and that all is well where neither is."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from animator.core.limits import DEFAULT_LIMITS
from animator.core.timeline import Segment
from animator.read.source import open_source
from animator.read.stir import Stir, stir_of
from tests.unit.animator.clips import Clip, render

WIDTH, HEIGHT, RATE, SECONDS = 192, 108, 12, 6
WORLD = np.random.default_rng(1).integers(0, 256, (HEIGHT, 4 * WIDTH)).astype(np.uint8)
OTHER = np.random.default_rng(2).integers(0, 256, (HEIGHT, 4 * WIDTH)).astype(np.uint8)


def _stir(path: Path, place: Callable[[int], tuple[int, int]], *, wanted: int) -> Stir:
    """Of pictures, each of which world and at which pixel; key frames only at the beginning."""
    frames = []
    for number in range(RATE * SECONDS):
        world, left = place(number)
        picture = (WORLD, OTHER)[world][:, left : left + WIDTH]
        frames.append(av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p"))
    options = {"g": "600", "sc_threshold": "0", "bf": "0", "preset": "veryfast"}
    render(path, Clip(codec="libx264", rate=RATE, width=WIDTH, height=HEIGHT, options=options, source=frames))
    with open_source(path, limits=DEFAULT_LIMITS) as source:
        segment = Segment(start=Fraction(0), end=Fraction(SECONDS))
        return stir_of(source, segment, wanted=Fraction(wanted), usual_gap=Fraction(0))


def _moving(number: int) -> tuple[int, int]:
    return 0, 7 * number


def _changing(number: int) -> tuple[int, int]:
    return int(number >= 3 * RATE), 7 * number


def _pausing(number: int) -> tuple[int, int]:
    return 0, 7 * (number if number < 3 * RATE else max(3 * RATE, number - RATE))


@pytest.mark.parametrize(
    ("place", "wanted", "is_even"),
    [(_moving, 5, True), (_changing, 5, False), (_changing, 2, True), (_pausing, 5, False), (_pausing, 2, True)],
)
def test_changes_and_lulls_are_seen_in_the_packets(
    tmp_path: Path, place: Callable[[int], tuple[int, int]], wanted: int, is_even: bool
) -> None:
    assert _stir(tmp_path / "clip.mp4", place, wanted=wanted).is_even == is_even
