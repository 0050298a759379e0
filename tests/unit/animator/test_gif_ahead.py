"""What the GIF encoder makes of the pictures ahead: what stays for long is drawn once, and well."""

from ctypes import Structure, byref, c_int32, c_size_t, c_void_p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from animator import kernel
from animator.core.order import FAST
from animator.gif.tuning import DRIFT, look_ahead, tuning_for
from animator.kernel.build import build
from animator.kernel.calls import declared
from animator.kernel.gif import ACTIVITIES, LOOK_AHEAD, WHILE
from tests.unit.animator.gif_clips import Picture, canvas_for, made, psnr, seen

Planes = NDArray[np.uint8]
PIECE = 32  # of gif_planes.c


@pytest.fixture(scope="module", autouse=True)
def built_kernel() -> None:
    build()
    kernel.library.cache_clear()
    assert kernel.available()


class GifPlanes(Structure):
    """gif_planes of gif_planes.h."""

    _fields_ = [(name, c_void_p) for name in ("r", "g", "b", "opaque")]


def plane_addresses(planes: Planes) -> GifPlanes:
    return GifPlanes(*(plane.ctypes.data for plane in planes), None)


def denoised(pictures: list[Planes], *, limit: int, drift: int) -> tuple[Planes, Planes]:
    """By the kernel: the means, and for how many pictures ahead each pixel stays."""
    library = kernel.library()
    assert library is not None
    pixels = pictures[0].shape[1]
    means, stays = np.zeros((3, pixels), np.uint8), np.zeros(pixels, np.uint8)
    call = declared(library, "gif_denoise", None, c_void_p, c_void_p, c_void_p, c_int32, c_size_t, c_int32, c_int32)
    given_pictures = (GifPlanes * len(pictures))(*map(plane_addresses, pictures))
    call(byref(plane_addresses(means)), stays.ctypes.data, given_pictures, len(pictures), pixels, limit, drift)
    return means, stays


def mean_of_run(values: NDArray[np.int64], *, limit: int, drift: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What it has to be for a piece of one channel, pictures by pixels: plainly, in whole numbers."""
    within, length, total = np.ones(values.shape[1], bool), np.ones(values.shape[1], int), values[0].copy()
    for number, picture in enumerate(values[1:], start=1):
        off = picture - values[0]
        within &= np.abs(off) <= limit
        if number > WHILE and abs(off[within].sum()) > drift * within.sum():
            within[:] = False
        length += within
        total += np.where(within, picture, 0)
    return (total + length // 2) // length, length - 1


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, LOOK_AHEAD + 1),
    pixels=st.sampled_from([1, 31, 32, 33, 95, 2047, 2048, 2049, 4200]),
    limit=st.integers(0, 10),
    drift=st.integers(0, 4),
)
def test_means_over_the_pictures_ahead_are_exact(seed: int, count: int, pixels: int, limit: int, drift: int) -> None:
    """By whatever instructions the machine has."""
    random = np.random.default_rng(seed)
    base = random.choice([0, 3, 128, 250, 255], (3, pixels)) + random.integers(-3, 4, (3, pixels))
    slope = np.repeat(random.normal(0, 0.7, (3, pixels // PIECE + 1)), PIECE, axis=1)[:, :pixels]
    noise = random.normal(0, limit / 3, (count, 3, pixels))
    pictures = list((base + slope * np.arange(count)[:, None, None] + noise).clip(0, 255).astype(np.uint8))
    means, stays = denoised(pictures, limit=limit, drift=drift)
    values, expected = np.stack(pictures).astype(np.int64), np.full(pixels, count - 1)
    for channel in range(3):
        for begin in range(0, pixels, PIECE):
            piece = slice(begin, begin + PIECE)
            mean, ahead = mean_of_run(values[:, channel, piece], limit=limit, drift=drift)
            np.testing.assert_array_equal(means[channel, piece], mean)
            expected[piece] = np.minimum(expected[piece], ahead)
    np.testing.assert_array_equal(stays, expected)


def blobs(seed: int = 3) -> NDArray[np.float64]:
    soft = gaussian_filter(np.random.default_rng(seed).normal(0, 1, (80, 128, 3)), (5, 5, 0))
    return 128 + 55 * soft / soft.std()


def as_picture(values: NDArray[np.float64]) -> Picture:
    return values.round().clip(0, 255).astype(np.uint8)


def test_what_slowly_becomes_lighter_is_not_drawn_ahead_of_its_time() -> None:
    random = np.random.default_rng(12)
    pictures = [(100 + n + random.normal(0, 1, (3, 64))).round().astype(np.uint8) for n in range(LOOK_AHEAD + 1)]
    ahead, bounded = (
        denoised(pictures, limit=10, drift=drift)[0].mean() - pictures[0].mean() for drift in (100, DRIFT)
    )
    assert ahead > 3
    assert bounded < 2


def test_the_last_picture_of_a_clip_that_plays_once_is_drawn_better_as_it_stays() -> None:
    """Nothing follows it; in a loop the first picture does."""
    random, scene = np.random.default_rng(13), blobs()
    pictures = [as_picture(np.roll(scene, 9 * n, axis=1) + random.normal(0, 1, scene.shape)) for n in range(10)]
    canvas = canvas_for(pictures, quality=30)
    once, again = (seen(made(pictures, canvas._replace(loop_count=count))[0])[-1].rgba for count in (1, 0))
    assert psnr(once, pictures[-1]) > psnr(again, pictures[-1]) + 0.5


def test_a_single_picture_stays_however_often_it_plays() -> None:
    picture = as_picture(blobs())
    canvas = canvas_for([picture])
    once, again = (made([picture], canvas._replace(loop_count=count))[0] for count in (1, 0))
    assert seen(once)[0].rgba.tobytes() == seen(again)[0].rgba.tobytes()


def test_few_of_large_pictures_are_seen_ahead() -> None:
    """Eight of a large picture's bytes would be most of what the engine takes."""
    assert look_ahead(640 * 360 * 3, quality=75) == LOOK_AHEAD
    assert look_ahead(1280 * 720 * 3, quality=75) == WHILE
    assert look_ahead(640 * 360 * 3, quality=75, effort=FAST) == WHILE


@pytest.mark.parametrize("quality", [1, 40, 75, 82, 90, 97, 100])
def test_errors_that_last_longer_are_never_allowed_to_be_larger(quality: float) -> None:
    lossy = list(tuning_for(quality).lossy)
    passing, staying, lasting = (lossy[ACTIVITIES * group : ACTIVITIES * (group + 1)] for group in range(3))
    assert all(a >= b >= c for a, b, c in zip(passing, staying, lasting, strict=True))
