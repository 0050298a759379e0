"""Several threads have the same pictures in their hands when one decode feeds many files."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av import VideoFrame

from animator.film.encoder import FILMS
from animator.picture.chain import Chain
from animator.picture.frames import Canvas, Shown

PICTURES = 3000


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_picture_that_two_threads_push_has_each_ones_own_time_stamp(hasty: None) -> None:
    pictures = [_picture()] * PICTURES
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_stamps, pictures)
        second = pool.submit(_stamps, pictures, already=7)
        assert first.result() == list(range(PICTURES))
        assert second.result() == list(range(7, PICTURES + 7))


def test_an_animated_png_leaves_the_time_stamps_of_its_pictures_alone(tmp_path: Path) -> None:
    picture = _picture()
    picture.pts = 42
    canvas = Canvas(width=2, height=2, ticks=3, fps=Fraction(10), quality=75.0)
    with (tmp_path / "out.png").open("w+b") as file:
        FILMS["apng"].encode([Shown(0, picture)], file, canvas, on_tick=lambda _: None)
    assert picture.pts == 42


def _stamps(pictures: list[VideoFrame], *, already: int = 0) -> list[int | None]:
    chain = Chain(pictures[0], [("null", None)])
    for _ in range(already):
        chain.run(_picture())
    return [chain.run(picture).pts for picture in pictures]


def _picture() -> VideoFrame:
    return VideoFrame.from_ndarray(np.zeros((2, 2, 3), np.uint8), format="rgb24")
