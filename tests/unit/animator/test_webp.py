"""The WebP encoder, judged by what Pillow's decoder shows at each tick."""

import io
import itertools
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from animator.picture.frames import Shown
from animator.webp import encoder as webp
from animator.webp.tuning import LOOK_AHEAD
from tests.unit.animator.webp_reader import (
    as_decoded,
    canvas_for,
    encoded,
    luma,
    moving_square,
    noisy_pan,
    planes_of,
    played,
    shown,
)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    gaps=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    fps=st.fractions(1, 60, max_denominator=1001),
    seed=st.integers(0, 99),
)
def test_each_tick_shows_its_picture_whatever_the_size_rate_and_gaps(
    width: int, height: int, gaps: list[int], fps: Fraction, seed: int
) -> None:
    pictures = moving_square(width, height, count=len(gaps), seed=seed)
    firsts = [0, *itertools.accumulate(gaps)]
    given_pictures = shown(pictures, firsts=firsts[:-1])
    file, result = encoded(given_pictures, canvas_for(pictures, ticks=firsts[-1], fps=fps, quality=95.0))
    animation = played(file)
    assert animation.size == (width, height)
    assert animation.loop == 0
    assert len(animation.pictures) == result.frames <= len(pictures)
    assert sum(animation.durations) == result.duration_ms == round(firsts[-1] * 1000 / fps)
    for picture in given_pictures:
        there = animation.at(round(picture.first * 1000 / fps))
        assert np.abs(luma(there) - luma(as_decoded(picture.image))).mean() < 6


def test_durations_add_up_without_drift() -> None:
    pictures = moving_square(48, 32, count=16)
    file, _ = encoded(shown(pictures), canvas_for(pictures, fps=Fraction(15)))
    ends = np.cumsum(played(file).durations)
    assert ends.tolist() == [round(tick * 1000 / 15) for tick in range(1, 17)]


def test_a_picture_that_stays_is_one_frame() -> None:
    pictures = moving_square(64, 48, count=2)
    still, moved = pictures
    file, result = encoded(shown([still, still, still, moved]), canvas_for([still] * 4))
    assert played(file).durations == [300, 100]
    assert result.frames == 2


def test_noise_of_a_codec_is_not_coded_but_a_small_new_thing_is() -> None:
    picture = moving_square(128, 96, count=1)[0]
    noise = np.random.default_rng(0).integers(-1, 2, picture.shape)
    noisy = (picture + noise).astype(np.uint8)
    dotted = picture.copy()
    dotted[50:53, 60:63] = 255
    _, unchanged = encoded(shown([picture, noisy]), canvas_for([picture] * 2))
    file, changed = encoded(shown([picture, dotted]), canvas_for([picture] * 2, quality=90.0))
    assert (unchanged.frames, changed.frames) == (1, 2)
    assert luma(played(file).pictures[1])[51, 61] > 235


def test_a_slow_fade_is_never_far_behind() -> None:
    pictures = [np.full((48, 48, 3), 60 + place // 2, np.uint8) for place in range(60)]
    given_pictures = shown(pictures)
    file, _ = encoded(given_pictures, canvas_for(pictures))
    animation = played(file)
    late = [
        np.abs(luma(animation.at(tick * 100)) - luma(as_decoded(picture.image))).max()
        for tick, picture in enumerate(given_pictures)
    ]
    assert max(late) < 4


def test_more_quality_is_more_bytes_and_a_closer_picture() -> None:
    pictures = noisy_pan(96, 64, count=6)
    given_pictures = shown(pictures)
    sizes, scores = [], []
    for quality in (1, 10, 25, 40, 55, 65, 75, 85, 92, 97, 100):
        file, _ = encoded(given_pictures, canvas_for(pictures, quality=float(quality)))
        animation = played(file)
        sizes.append(len(file))
        scores.append(np.mean([_similarity(animation.at(100 * p.first), p) for p in given_pictures]))
    assert sizes == sorted(sizes)
    assert scores == sorted(scores)


def _similarity(there: np.ndarray, picture: Shown) -> float:
    return float(structural_similarity(luma(there), luma(as_decoded(picture.image)), data_range=255))


def test_the_number_of_threads_changes_no_byte() -> None:
    pictures = noisy_pan(80, 64, count=9)
    canvas = canvas_for(pictures)
    files = {encoded(shown(pictures), canvas._replace(threads=threads))[0] for threads in (1, 2, 5)}
    assert len(files) == 1


def test_an_opaque_clip_says_that_it_has_no_alpha() -> None:
    pictures = noisy_pan(32, 32, count=1)
    file, _ = encoded(shown(pictures), canvas_for(pictures))
    assert file[20] == 0x02


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 60),
    height=st.integers(1, 60),
    levels=st.lists(st.tuples(*[st.sampled_from([0, 80, 160, 255])] * 3), min_size=1, max_size=6),
)
def test_true_alpha_is_kept_exactly_also_where_blocks_are_skipped(
    width: int, height: int, levels: list[tuple[int, int, int]]
) -> None:
    """Each picture has a background, a band and a corner of the given opacities."""
    pictures = []
    for place, (background, band, corner) in enumerate(levels):
        rgb = moving_square(width, height, count=len(levels), seed=3)[place]
        alpha = np.full((height, width, 1), background, np.uint8)
        alpha[height // 3 : height // 2] = band
        alpha[: height // 4, : width // 4] = corner
        pictures.append(np.concatenate([rgb, alpha], axis=2))
    given_pictures = shown(pictures)
    file, _ = encoded(given_pictures, canvas_for(pictures, quality=90.0))
    animation = played(file)
    for place, picture in enumerate(given_pictures):
        there = animation.at(place * 100)
        np.testing.assert_array_equal(there[..., 3], planes_of(picture.image)[3])
        visible = there[..., 3] > 0
        assert np.abs(luma(there) - luma(as_decoded(picture.image)))[visible].sum() <= 8 * visible.sum()


def test_an_opaque_thing_over_a_translucent_ground_costs_only_its_own_blocks() -> None:
    ground = noisy_pan(160, 96, count=1)[0]
    opaque = [ground, ground.copy()]
    opaque[1][40:56, 70:90] = 255
    alpha = np.full((96, 160, 1), 128, np.uint8)
    alpha[32:64] = 255
    pictures = [np.concatenate([picture, alpha], axis=2) for picture in opaque]
    one, _ = encoded(shown(pictures[:1] * 2), canvas_for(pictures))
    given_pictures = shown(pictures)
    two, _ = encoded(given_pictures, canvas_for(pictures))
    assert len(two) - len(one) < len(one) / 4
    np.testing.assert_array_equal(played(two).pictures[1][..., 3], planes_of(given_pictures[1].image)[3])


def test_what_lies_under_full_transparency_is_no_change() -> None:
    pictures = [np.concatenate([picture, np.zeros((40, 40, 1), np.uint8)], 2) for picture in noisy_pan(40, 40, count=3)]
    _, result = encoded(shown(pictures), canvas_for(pictures))
    assert result.frames == 1


def test_a_picture_may_stay_longer_than_one_frame_can() -> None:
    pictures = moving_square(20, 20, count=2)
    file, result = encoded(shown(pictures), canvas_for(pictures, fps=Fraction(1, 20_000)))
    animation = played(file)
    assert result.duration_ms == sum(animation.durations) == 40_000_000
    assert max(animation.durations) < 2**24
    np.testing.assert_array_equal(animation.pictures[0], animation.pictures[1])


class _StopError(Exception):
    pass


def test_an_exception_of_on_tick_stops_the_work() -> None:
    pulled = []

    def source() -> Iterator[Shown]:
        for picture in shown(noisy_pan(64, 64, count=20)):
            pulled.append(picture.first)
            yield picture

    def on_tick(done: int) -> None:
        if done == 3:
            raise _StopError

    with pytest.raises(_StopError):
        webp.encode(source(), io.BytesIO(), canvas_for(noisy_pan(64, 64, count=20)), on_tick=on_tick)
    assert pulled == list(range(3 + LOOK_AHEAD + 1))


def test_the_file_grows_while_the_pictures_come() -> None:
    pictures = shown(noisy_pan(64, 64, count=80))
    target, sizes = io.BytesIO(), []

    def source() -> Iterator[Shown]:
        for picture in pictures:
            sizes.append(target.tell())
            yield picture

    done: list[int] = []
    webp.encode(source(), target, canvas_for(noisy_pan(64, 64, count=80)), on_tick=done.append)
    assert done[-1] == 80
    assert sizes[60] > 0.5 * len(target.getvalue())
