"""GIFs from the compiled kernel, read again by Pillow and by FFmpeg."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from animator import kernel
from animator.gif import encoder as gif
from animator.kernel.build import build
from tests.unit.animator.gif_clips import at, canvas_for, few_colours, made, moving_scene, psnr, seen, shown


@pytest.fixture(scope="module", autouse=True)
def built_kernel() -> None:
    build()
    kernel.library.cache_clear()
    assert kernel.available()


def test_a_clip_of_few_colours_is_drawn_without_any_error() -> None:
    pictures = few_colours(1, colours=255)
    frames = seen(made(pictures, canvas_for(pictures))[0])
    for number, picture in enumerate(pictures):
        np.testing.assert_array_equal(at(frames, 100 * number + 50)[..., :3], picture)


def test_a_picture_of_few_colours_after_many_is_drawn_without_any_error() -> None:
    pictures = [*moving_scene(3, width=61, height=43), *few_colours(2, count=4), *moving_scene(2, width=61, height=43)]
    frames = seen(made(pictures, canvas_for(pictures))[0])
    for number in range(3, 7):
        np.testing.assert_array_equal(at(frames, 100 * number + 50)[..., :3], pictures[number])


def test_many_colours_come_out_close_to_the_source_at_every_tick() -> None:
    pictures = moving_scene(12)
    frames = seen(made(pictures, canvas_for(pictures))[0])
    assert min(psnr(at(frames, 100 * n + 50), picture) for n, picture in enumerate(pictures)) > 35.5


def test_a_pixel_left_alone_gets_nearer_to_its_source() -> None:
    still = moving_scene(1, noise=0)[0]
    moving = [still.copy() for _ in range(6)]
    for number, picture in enumerate(moving):
        picture[:8, :8] = 30 * number  # something has to move for pictures to be drawn at all
    frames = seen(made(moving, canvas_for(moving, quality=90))[0])
    assert psnr(frames[-1].rgba[8:], moving[-1][8:]) > psnr(frames[0].rgba[8:], moving[0][8:]) + 0.5


def test_the_bytes_are_the_same_whatever_the_number_of_threads() -> None:
    pictures = moving_scene(9)
    one, *others = (made(pictures, canvas_for(pictures, threads=threads))[0] for threads in (1, 2, 3, 2))
    assert all(other == one for other in others)


def test_a_higher_quality_costs_bytes_and_brings_the_picture_nearer() -> None:
    pictures = moving_scene(10)
    sizes, errors = [], []
    for quality in (1, 20, 40, 60, 75, 90, 100):
        data, _ = made(pictures, canvas_for(pictures, quality=quality))
        frames = seen(data)
        sizes.append(len(data))
        errors.append(-np.mean([psnr(at(frames, 100 * n + 50), picture) for n, picture in enumerate(pictures)]))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)
    assert sizes[-1] > 2 * sizes[0]


def test_equal_neighbours_become_one_longer_frame() -> None:
    first, second = few_colours(3, count=2)
    data, encoded = made([first, first, first, second, second], canvas_for([first] * 5))
    assert [frame.duration for frame in seen(data)] == [300, 200]
    assert (encoded.frames, encoded.duration_ms) == (2, 500)


def test_noise_too_small_to_see_is_not_drawn_again() -> None:
    still = moving_scene(1, noise=0)[0]
    random = np.random.default_rng(5)
    pictures = [np.clip(still + random.integers(-1, 2, still.shape), 0, 255).astype(np.uint8) for _ in range(8)]
    alone, _ = made(pictures[:1], canvas_for(pictures[:1]))
    together, _ = made(pictures, canvas_for(pictures))
    assert len(together) < 3 * len(alone)


def test_a_picture_stays_from_its_first_tick_to_the_next_ones() -> None:
    pictures = few_colours(4, count=3)
    data, _ = made(pictures, canvas_for(pictures, ticks=9, fps=7), [0, 2, 3])
    assert [(frame.start, frame.duration) for frame in seen(data)] == [(0, 290), (290, 140), (430, 860)]


def test_the_file_loops_for_ever_and_ends_with_a_trailer() -> None:
    data, _ = made(few_colours(5), canvas_for(few_colours(5)))
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["loop"] == 0
    assert data.startswith(b"GIF89a") and data.endswith(b"\x3b")


def test_ffmpeg_reads_the_same_pictures_as_pillow() -> None:
    pictures = moving_scene(5, width=75, height=51)
    data, _ = made(pictures, canvas_for(pictures))
    with av.open(io.BytesIO(data)) as source:
        others = [frame.to_ndarray(format="rgba") for frame in source.decode(video=0)]
    assert len(others) == len(pictures)
    for one, other in zip(seen(data), others, strict=True):
        np.testing.assert_array_equal(one.rgba, other)


def moving_alpha(count: int = 6, *, wanders: bool = True) -> list[np.ndarray]:
    """A disc on nothing, which leaves pixels behind when it wanders, and only grows when it doesn't."""
    y, x = np.mgrid[0:40, 0:56]
    pictures = []
    for number in range(count):
        inside = (x - 12 - 6 * number * wanders) ** 2 + (y - 20) ** 2 < (8 + number * (not wanders)) ** 2
        colour = np.stack([4 * x, 5 * y, np.full_like(x, 30 * number), np.where(inside, 255, 0)], 2)
        pictures.append(colour.astype(np.uint8))
    return pictures


@pytest.mark.parametrize("wanders", [True, False])
def test_transparent_pixels_are_transparent_at_every_tick(wanders: bool) -> None:
    pictures = moving_alpha(wanders=wanders)
    frames = seen(made(pictures, canvas_for(pictures))[0])
    for number, picture in enumerate(pictures):
        there = at(frames, 100 * number + 50)
        np.testing.assert_array_equal(there[..., 3], picture[..., 3])
        opaque = picture[..., 3] == 255
        assert psnr(there[opaque], picture[opaque]) > 34


def test_a_clip_that_begins_and_ends_with_nothing_keeps_its_time() -> None:
    nothing = np.zeros((40, 56, 4), np.uint8)
    pictures = [nothing, *moving_alpha(3), nothing]
    frames = seen(made(pictures, canvas_for(pictures))[0])
    assert at(frames, 50)[..., 3].max() == 0
    assert at(frames, 450)[..., 3].max() == 0
    assert sum(frame.duration for frame in frames) == 500


def test_a_half_covered_pixel_has_its_colour_over_white_and_a_less_covered_one_is_transparent() -> None:
    picture = np.zeros((4, 4, 4), np.uint8)
    picture[:2, :, 3], picture[2:, :, 3] = 204, 127
    (frame,) = seen(made([picture], canvas_for([picture]))[0])
    assert (frame.rgba[:2] == (51, 51, 51, 255)).all()
    assert (frame.rgba[2:, :, 3] == 0).all()


@settings(deadline=None, max_examples=60)
@given(
    width=st.integers(1, 40), height=st.integers(1, 40), count=st.integers(1, 7), fps=st.integers(1, 50),
    colours=st.integers(1, 400), quality=st.integers(1, 100), threads=st.integers(1, 3), alpha=st.booleans(),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_any_small_clip_has_its_size_its_duration_and_its_transparency(
    width: int, height: int, count: int, fps: int, colours: int, quality: int, threads: int, alpha: bool, seed: int
) -> None:
    pictures = few_colours(seed, count=count, width=width, height=height, colours=colours)
    if alpha:
        random = np.random.default_rng(seed)
        planes = [random.integers(0, 256, (height, width, 1), np.uint8) for _ in pictures]
        pictures = [np.concatenate(pair, 2) for pair in zip(pictures, planes, strict=True)]
    data, encoded = made(pictures, canvas_for(pictures, fps=fps, quality=quality, threads=threads))
    frames = seen(data)
    assert frames[0].rgba.shape == (height, width, 4)
    assert sum(frame.duration for frame in frames) == encoded.duration_ms == 10 * round(100 * count / fps)
    assert min(frame.duration for frame in frames) >= 20
    assert len(frames) == encoded.frames <= count
    for number, picture in enumerate(pictures if alpha else []):
        there = at(frames, 1000 * (number + 0.5) / fps)[..., 3]
        np.testing.assert_array_equal(there, np.where(picture[..., 3] >= 128, 255, 0))


def test_progress_is_told_in_order_and_ends_with_all_ticks() -> None:
    pictures, told = few_colours(6, count=12), list[int]()
    gif.encode(shown(pictures), io.BytesIO(), canvas_for(pictures), on_tick=told.append)
    assert told == sorted(told)
    assert told[-1] == 12
    assert len(told) > 4


def test_an_error_in_a_progress_call_stops_the_work() -> None:
    def stop(_: int) -> None:
        raise InterruptedError("cancelled")

    pictures = moving_scene(12)
    with pytest.raises(InterruptedError, match="cancelled"):
        gif.encode(shown(pictures), io.BytesIO(), canvas_for(pictures), on_tick=stop)


def test_a_picture_of_another_size_is_refused() -> None:
    pictures = few_colours(7)
    with pytest.raises(ValueError, match="61x43"):
        gif.encode(shown(pictures), io.BytesIO(), canvas_for(moving_scene(1)), on_tick=lambda _: None)


def test_a_large_canvas_is_drawn_right(tmp_path: Path) -> None:
    y, x = np.mgrid[0:2304, 0:4096]
    picture = np.stack([x >> 4, y >> 4, (x + y) >> 5], 2).astype(np.uint8)
    (frame,) = seen(made([picture], canvas_for([picture]))[0])
    assert frame.rgba.shape == (2304, 4096, 4)
    assert psnr(frame.rgba, picture) > 30


def test_strings_that_no_longer_serve_are_forgotten() -> None:
    """Strips of tiles, each of its own colours: 24.0 kB where a full dictionary always serves as long."""
    random = np.random.default_rng(3)
    palette = random.integers(0, 256, (240, 3), np.uint8)
    tiles = [random.integers(40 * strip, 40 * strip + 40, (8, 24)) for strip in range(6)]
    picture = palette[np.concatenate([np.tile(tile, (8, 10)) for tile in tiles])]
    data, _ = made([picture], canvas_for([picture]))
    assert np.array_equal(seen(data)[0].rgba[..., :3], picture)
    assert len(data) < 23_000


def test_a_small_change_within_a_gradient_has_a_small_palette_and_long_strings() -> None:
    """1.5 kB where all pixels that change count for the palette, and one that is left breaks a string."""
    down, across = np.mgrid[0:120, 0:200]
    pictures = []
    for number in range(5):
        picture = np.stack([across + 20, down + 60, (across + down) // 2], axis=2).astype(np.float64)
        picture[40:60, 30:90] += (2.0 * number, 1.5 * number, number)
        pictures.append(picture.clip(0, 255).astype(np.uint8))
    moving, still = (len(made(some, canvas_for(some))[0]) for some in (pictures, pictures[:1] * len(pictures)))
    assert moving < still + 1000
