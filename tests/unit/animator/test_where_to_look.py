"""The window follows what moves and is sharp, and bars are left out."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageFilter

from animator.core.order import AnimationSpec, Order
from animator.kernel.build import build
from animator.make.pipeline import animate
from animator.make.sample import render_sample
from tests.unit.animator.clips import Clip, render

WIDTH, HEIGHT = 320, 180
Bars = tuple[int, int, int, int]
Colour = tuple[int, int, int]


def clip(path: Path, *, at: float, bars: Bars = (0, 0, 0, 0), noise: int = 0, colour: Colour = (0, 0, 0)) -> Path:
    """A red patch that moves a little around a share of the width; bars left, top, right and bottom in pixels."""
    random = np.random.default_rng(5)
    frames = []
    for number in range(20):
        picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        left = int(at * (WIDTH - 60)) + 3 * (number % 4)
        picture[60:120, left : left + 40] = (230, 40, 40)
        dark = np.zeros((HEIGHT, WIDTH), bool)
        dark[: bars[1]], dark[HEIGHT - bars[3] :] = True, True
        dark[:, : bars[0]], dark[:, WIDTH - bars[2] :] = True, True
        grain = random.integers(0, noise + 1, (int(dark.sum()), 1))
        picture[dark] = np.where(np.array(colour) < 128, colour + grain, colour - grain)
        frames.append(av.VideoFrame.from_ndarray(picture, format="rgb24"))
    return render(path, Clip(options={"qp": "18"}, width=WIDTH, height=HEIGHT, source=frames))


def made(source: Path, target: Path, **asked: Any) -> Image.Image:
    build()
    spec = AnimationSpec.from_dict({"format": "webp", "fps": 5, "quality": 90, "adaptive": False, **asked})
    result = animate(source, target, Order(spec=spec))
    assert animate(source, target, Order(spec=spec)).md5 == result.md5
    with Image.open(target) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("at", [0.05, 0.5, 0.95])
def test_the_window_lies_where_something_moves(tmp_path: Path, at: float) -> None:
    image = made(clip(tmp_path / "clip.mp4", at=at), tmp_path / "out.webp", width=90, height=90, fit="smart")
    assert image.size == (90, 90)
    pixels = np.asarray(image, int)
    reds = ((pixels[..., 0] > 150) & (pixels[..., 1] < 110)).sum()
    assert reds == pytest.approx(20 * 30, rel=0.2), "all of the patch is in the window"


def test_nothing_is_cut_from_the_shape_that_was_asked_for(tmp_path: Path) -> None:
    source = clip(tmp_path / "clip.mp4", at=0.1)
    smart = made(source, tmp_path / "a.webp", width=160, height=90, fit="smart")
    assert smart.tobytes() == made(source, tmp_path / "b.webp", width=160, height=90).tobytes()


@pytest.mark.parametrize("noise", [0, 6])
@pytest.mark.parametrize(
    ("bars", "size"),
    [
        ((0, 0, 0, 0), (320, 180)),
        ((0, 22, 0, 22), (320, 136)),
        ((40, 0, 42, 0), (238, 180)),
        ((11, 7, 0, 9), (308, 162)),
    ],
)
def test_black_bars_are_left_out(tmp_path: Path, bars: Bars, size: tuple[int, int], noise: int) -> None:
    image = made(clip(tmp_path / "clip.mp4", at=0.5, bars=bars, noise=noise), tmp_path / "o.webp", trim_borders=True)
    assert image.size == size
    assert np.asarray(image.convert("L")).min() > 40


@pytest.mark.parametrize(
    ("colour", "size"), [((255, 255, 255), (238, 134)), ((0, 0, 160), (238, 130)), ((30, 140, 60), (234, 130))]
)
def test_bars_of_any_colour_are_left_out(tmp_path: Path, colour: Colour, size: tuple[int, int]) -> None:
    source = clip(tmp_path / "clip.mp4", at=0.5, bars=(40, 22, 42, 24), noise=4, colour=colour)
    image = made(source, tmp_path / "out.webp", trim_borders=True)
    assert image.size == size
    assert np.abs(np.asarray(image, int) - colour).sum(axis=2).min() > 60


@pytest.mark.parametrize("bars", [(40, 0, 0, 0), (0, 0, 0, 30)])
def test_a_plain_edge_at_one_side_is_no_bar(tmp_path: Path, bars: Bars) -> None:
    source = clip(tmp_path / "clip.mp4", at=0.5, bars=bars, colour=(255, 255, 255))
    assert made(source, tmp_path / "out.webp", trim_borders=True).size == (320, 180)


def test_bars_that_are_the_picture_blurred_stay(tmp_path: Path) -> None:
    with av.open(str(render_sample(tmp_path / "hills.mp4", seconds=1, width=180, height=180))) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    wide = []
    for frame in frames:
        picture = frame.resize((WIDTH, HEIGHT)).filter(ImageFilter.GaussianBlur(12))
        picture.paste(frame, (70, 0))
        wide.append(av.VideoFrame.from_image(picture))
    source = render(tmp_path / "clip.mp4", Clip(width=WIDTH, height=HEIGHT, source=wide))
    assert made(source, tmp_path / "out.webp", trim_borders=True).size == (320, 180)


def test_a_dark_video_is_no_bar(tmp_path: Path) -> None:
    dark = clip(tmp_path / "dark.mp4", at=0.5, bars=(0, 180, 0, 0))
    assert made(dark, tmp_path / "out.webp", trim_borders=True).size == (320, 180)


def test_a_crop_counts_on_what_is_within_the_bars(tmp_path: Path) -> None:
    source = clip(tmp_path / "clip.mp4", at=0.0, bars=(40, 20, 40, 20))
    image = made(source, tmp_path / "out.webp", trim_borders=True, crop="0,0,50,40", width=50, height=40)
    assert np.asarray(image.convert("L")).min() > 60
