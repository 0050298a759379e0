"""Outputs are valid everywhere: the tools that people have find no fault in them, and all the same picture.

The programs are gifsicle, giflib's gifbuild and giftext, libwebp's webpinfo, webpmux, dwebp and gif2webp, FFmpeg, PyAV
and Pillow; tests/e2e/test_pixels.py adds Chromium.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from animator.kernel.build import build
from tests.unit.animator.readers import (
    Found,
    Pixels,
    by_giflib,
    by_gifsicle,
    by_pillow,
    by_webpmux,
    drawn_by_ffmpeg,
    drawn_by_giflib,
    drawn_by_gifsicle,
    drawn_by_libwebps_tools,
    drawn_by_pyav,
    seen,
    silent,
    unpacked_by_gifsicle,
)
from tests.unit.animator.valid_clips import SCENES, Case, Made, make
from tests.unit.animator.webp_reader import canvas_for, encoded, luma, moving_square, shown

QUALITIES = (1, 50, 75, 100)
FEW_COLOURS = ["few colours, odd edges", "one pixel", "one column", "one row", "a long pause"]


def cases(picture_format: str) -> list[Case]:
    known = [Case(scene, quality, picture_format) for scene in SCENES for quality in QUALITIES]
    return [*known, *(Case(scene, 75, picture_format, kernel=False) for scene in SCENES)]


Maker = Callable[[Case], Made]

every_gif = pytest.mark.parametrize("case", cases("gif"), ids=str)
every_webp = pytest.mark.parametrize("case", cases("webp"), ids=str)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    build()
    folder = tmp_path_factory.mktemp("valid")
    return cache(lambda case: make(case, folder))


def check_against_the_record(found: Found, picture: Made) -> None:
    assert (found.size, found.endless) == (picture.size, True)
    assert len(found.boxes) == len(found.durations) == picture.result.frames
    assert sum(found.durations) == picture.milliseconds
    for x, y, width, height in found.boxes:
        assert 0 < width <= picture.size[0] - x
        assert 0 < height <= picture.size[1] - y


def pictures(file: Path) -> list[Pixels]:
    return [picture for picture, _ in by_pillow(file)]


def check_same(ours: Iterable[Pixels], others: Iterable[Pixels]) -> None:
    for one, other in zip(ours, others, strict=True):
        np.testing.assert_array_equal(seen(one), seen(other))


@every_gif
def test_gifsicle_and_giflib_find_in_a_gif_what_the_record_says(case: Case, made: Maker) -> None:
    picture = made(case)
    for found in (by_gifsicle(picture.path), by_giflib(picture.path)):
        check_against_the_record(found, picture)
        assert min(found.durations) >= 20
    assert b"GIF file terminated normally." in silent("giftext", picture.path)


@every_gif
def test_gifsicle_ffmpeg_and_pyav_draw_a_gifs_frames_as_pillow_does(case: Case, made: Maker, tmp_path: Path) -> None:
    path = made(case).path
    wanted = pictures(path)
    check_same(wanted, pictures(unpacked_by_gifsicle(path, folder=tmp_path)))
    check_same(wanted, drawn_by_ffmpeg(path))
    check_same(wanted, drawn_by_pyav(path))


@every_gif
def test_giflib_shows_at_each_moment_what_pillow_shows(case: Case, made: Maker, tmp_path: Path) -> None:
    path = made(case).path
    others = drawn_by_giflib(path, folder=tmp_path)
    ends = np.cumsum([milliseconds for _, milliseconds in others])[:-1]
    moment = 0
    for picture, milliseconds in by_pillow(path):
        other, _ = others[int(np.searchsorted(ends, moment, side="right"))]
        np.testing.assert_array_equal(seen(picture), seen(other))
        moment += milliseconds


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("scene", FEW_COLOURS)
def test_gifsicle_makes_whole_pictures_of_a_gif_of_few_colours(
    scene: str, kernel: bool, made: Maker, tmp_path: Path
) -> None:
    path = made(Case(scene, 75, "gif", kernel=kernel)).path
    check_same(pictures(path), drawn_by_gifsicle(path, folder=tmp_path))


def test_the_scenes_try_what_could_go_wrong(made: Maker) -> None:
    """Blocks that were skipped, frames that cover a part, pixels that are half there, pixels to wipe, two palettes."""
    still, smoke = (by_webpmux(made(Case(scene, 75, "webp")).path) for scene in ("still camera", "smoke"))
    assert any(frame.alpha and frame.blend for frame in still.frames)
    assert any(box[2:] != still.size for box in still.boxes)
    assert all(frame.alpha for frame in smoke.frames)
    said = silent("gifsicle", "--info", made(Case("smoke", 75, "gif")).path)
    assert b"disposal background" in said and b"local color table" in said


def check_with_webpinfo(webp: Path) -> None:
    said = silent("webpinfo", "-diag", "-bitstream_info", webp).decode()
    assert said.endswith("No error detected.\n")
    assert "warning" not in said.lower()


@every_webp
def test_webpinfo_finds_no_fault_and_webpmux_what_the_record_says(case: Case, made: Maker) -> None:
    picture = made(case)
    check_with_webpinfo(picture.path)
    found = by_webpmux(picture.path)
    check_against_the_record(found, picture)
    assert all(x % 2 == y % 2 == 0 for x, y, _, _ in found.boxes)
    transparency = ["transparency"] if any(frame.alpha for frame in found.frames) else []
    assert found.features == ["animation", *transparency]


def test_a_pause_of_several_webp_frames_is_valid_too(tmp_path: Path) -> None:
    """Longer than any segment that is taken; the pause is a frame of one transparent pixel."""
    sources = moving_square(20, 20, count=2)
    path = tmp_path / "pause.webp"
    file, encoding = encoded(shown(sources), canvas_for(sources, fps=Fraction(1, 20_000)))
    path.write_bytes(file)
    check_with_webpinfo(path)
    assert sum(by_webpmux(path).durations) == encoding.duration_ms
    check_same(pictures(path), drawn_by_libwebps_tools(path, folder=tmp_path))


@every_webp
def test_libwebps_tools_draw_a_webps_frames_as_pillow_does(case: Case, made: Maker, tmp_path: Path) -> None:
    """Exactly, but for translucent pixels that are blended in: libwebp mixes those in whole numbers."""
    path = made(case).path
    for ours, other in zip(pictures(path), drawn_by_libwebps_tools(path, folder=tmp_path), strict=True):
        np.testing.assert_array_equal(ours[..., 3], other[..., 3])
        opaque = ours[..., 3] == 255
        np.testing.assert_array_equal(ours[opaque], other[opaque])
        assert np.abs(seen(ours).astype(int) - seen(other)).max() <= 1


@every_webp
def test_ffmpeg_draws_a_webps_frames_as_pillow_does(case: Case, made: Maker) -> None:
    """The same alpha. FFmpeg spreads chroma and rounds in its own way: the brightness may differ by 2 of 255 steps."""
    path = made(case).path
    for ours, other in zip(pictures(path), drawn_by_ffmpeg(path), strict=True):
        np.testing.assert_array_equal(ours[..., 3], other[..., 3])
        assert np.abs(luma(seen(ours)) - luma(seen(other))).mean() < 2
