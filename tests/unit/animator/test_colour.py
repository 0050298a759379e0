"""Colours: the same chart coded in every way must come out the same; HDR must look like the picture, not like fog."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, Pixels, render

CHART = [(255, 255, 255), (128, 128, 128), (16, 16, 16), (200, 40, 40), (40, 160, 60), (40, 60, 200), (220, 190, 60)]
EDGE = 32
WIDTH, HEIGHT = EDGE * len(CHART), 64
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
BT709, BT601, BT2020 = 1, 6, 9
LIMITED, FULL = 1, 2
PQ, HLG = 16, 18
LOSSLESS = {"qp": "0"}

Colours = npt.NDArray[np.float64]


def coded(colours: Any, *, matrix: int, full: bool = False, bits: int = 8) -> av.VideoFrame:
    """The chart's colours (0–1) as a YUV 4:4:4 picture, by the definition of the matrix and the range (H.273)."""
    red, blue = WEIGHTS[matrix]
    r, g, b = np.repeat(np.asarray(colours, float).T, EDGE, axis=1)
    luma = red * r + (1 - red - blue) * g + blue * b
    planes = [luma, (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red)]
    scale = 2 ** (bits - 8)
    offsets = [0, 128 * scale, 128 * scale] if full else [16 * scale, 128 * scale, 128 * scale]
    ranges = [2**bits - 1] * 3 if full else [219 * scale, 224 * scale, 224 * scale]
    kind = np.uint8 if bits == 8 else np.uint16
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv444p" if bits == 8 else "yuv444p10le")
    for plane, values, offset, span in zip(frame.planes, planes, offsets, ranges, strict=True):
        row = np.rint(values * span + offset).astype(kind)
        np.frombuffer(plane, kind).reshape(HEIGHT, -1)[:, :WIDTH] = row
    return frame


def colours_of(path: Path) -> Pixels:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    return pixels[HEIGHT // 2, EDGE // 2 :: EDGE]


def made(tmp_path: Path, clip: Clip, picture_format: str, quality: float = 100) -> Pixels:
    target = tmp_path / f"chart.{picture_format}"
    spec = AnimationSpec(format=picture_format, fps=10, quality=quality)
    animate(render(tmp_path / "chart.mkv", clip), target, Order(spec=spec))
    return colours_of(target)


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
@pytest.mark.parametrize(
    ("matrix", "full"), [(BT601, False), (BT709, False), (BT709, True), (BT601, True), (BT2020, False)]
)
def test_every_matrix_and_range_gives_the_same_colours(
    tmp_path: Path, matrix: int, full: bool, picture_format: str
) -> None:
    frame = coded(np.array(CHART) / 255, matrix=matrix, full=full)
    colour = {"colorspace": matrix, "color_range": FULL if full else LIMITED}
    clip = Clip(pixel_format="yuv444p", width=WIDTH, height=HEIGHT, source=[frame], options=LOSSLESS, colour=colour)
    found = made(tmp_path, clip, picture_format)
    assert np.abs(found.astype(int) - CHART).max() <= 6


@pytest.mark.parametrize("height", [64, 736])
def test_an_untagged_source_counts_as_bt601_limited_at_any_size(tmp_path: Path, height: int) -> None:
    frame = coded(np.array(CHART) / 255, matrix=BT601).reformat(width=WIDTH, height=height, format="yuv444p")
    clip = Clip(pixel_format="yuv444p", width=WIDTH, height=height, source=[frame], options=LOSSLESS)
    found = made(tmp_path, clip, "gif")
    assert np.abs(found.astype(int) - CHART).max() <= 6


def test_ten_bits_give_the_same_colours(tmp_path: Path) -> None:
    frame = coded(np.array(CHART) / 255, matrix=BT709, bits=10)
    colour = {"colorspace": BT709, "color_range": LIMITED}
    options = {"x265-params": "log-level=none:lossless=1:bframes=0"}
    clip = Clip(
        codec="libx265",
        pixel_format="yuv444p10le",
        width=WIDTH,
        height=HEIGHT,
        source=[frame],
        colour=colour,
        options=options,
    )
    assert np.abs(made(tmp_path, clip, "webp").astype(int) - CHART).max() <= 6


def pq(nits: Colours) -> Colours:
    """BT.2100: light to code value."""
    powered = (nits / 10_000) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * powered) / (1 + 18.6875 * powered)) ** 78.84375)


def hdr_clip(signal: Colours, transfer: int) -> Clip:
    colour = {"colorspace": BT2020, "color_primaries": BT2020, "color_trc": transfer, "color_range": LIMITED}
    return Clip(
        codec="libx265",
        pixel_format="yuv444p10le",
        width=WIDTH,
        height=HEIGHT,
        source=[coded(signal, matrix=BT2020, bits=10)],
        colour=colour,
        options={"x265-params": "log-level=none:lossless=1:bframes=0"},
    )


def light_of_the_chart() -> Colours:
    """Nits of the chart's colours on a display whose white is 203 nits, in BT.2020 (BT.2408)."""
    signal = np.array(CHART) / 255
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    to_bt2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    return np.asarray(203 * linear @ to_bt2020.T)


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
def test_pq_keeps_black_black_mid_tones_in_place_and_colours_strong(tmp_path: Path, picture_format: str) -> None:
    found = made(tmp_path, hdr_clip(pq(light_of_the_chart()), PQ), picture_format).astype(int)
    assert found[0].min() >= 220
    assert np.abs(found[1] - 128).max() <= 8
    assert found[2].max() <= 24
    assert np.abs(found[3:6] - CHART[3:6]).max() <= 14


def test_highlights_are_pressed_together_but_still_told_apart(tmp_path: Path) -> None:
    nits = np.repeat(np.array([[0.0], [50], [100], [203], [300], [400], [1000]]), 3, axis=1)
    found = made(tmp_path, hdr_clip(pq(nits), PQ), "webp")[:, 1].astype(int)
    assert np.all(np.diff(found) > 1)
    assert (found[0], found[-1]) == (pytest.approx(0, abs=3), pytest.approx(255, abs=3))


def test_hlg_shows_its_reference_white_as_white(tmp_path: Path) -> None:
    """BT.2408: 75 % HLG is diffuse white, 38 % an 18 % grey card."""
    signal = np.repeat(np.array([[0.0], [0.1], [0.38], [0.5], [0.75], [0.9], [1.0]]), 3, axis=1)
    found = made(tmp_path, hdr_clip(signal, HLG), "webp")[:, 1].astype(int)
    assert np.all(np.diff(found) > 0)
    assert found[0] <= 2
    assert 90 <= found[2] <= 125
    assert 215 <= found[4] <= 240


def test_wide_gamut_colours_become_those_of_srgb(tmp_path: Path) -> None:
    """The chart's colours, written in the primaries of Display P3, come back as themselves."""
    signal = np.array(CHART) / 255
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    to_p3 = np.array([[0.822462, 0.177538, 0.0], [0.033194, 0.966806, 0.0], [0.017083, 0.072397, 0.910520]])
    light = linear @ to_p3.T
    in_p3 = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    colour = {"colorspace": BT709, "color_primaries": 12, "color_trc": 13, "color_range": LIMITED}
    clip = Clip(
        pixel_format="yuv444p",
        width=WIDTH,
        height=HEIGHT,
        source=[coded(in_p3, matrix=BT709)],
        colour=colour,
        options=LOSSLESS,
    )
    assert np.abs(made(tmp_path, clip, "gif").astype(int) - CHART).max() <= 6


WILD = [3, 8, 10, 11, 12, 13, 14, 15, 16, 17]


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
@pytest.mark.parametrize("matrix", WILD)
def test_a_matrix_that_nobody_reads_is_taken_for_what_browsers_take_it_for(
    tmp_path: Path, matrix: int, picture_format: str
) -> None:
    """Chromium 143 shows each of them as BT.601, with PQ, BT.2020 or whatever else is said beside it."""
    frame = coded(np.array(CHART) / 255, matrix=BT601)
    beside = {"color_primaries": 1, "color_trc": 1} if matrix == 3 else {"color_primaries": 9, "color_trc": 16}
    colour = {"colorspace": matrix, "color_range": LIMITED, **beside}
    clip = Clip(codec="ffv1", pixel_format="yuv444p", width=WIDTH, height=HEIGHT, source=[frame], colour=colour)
    found = made(tmp_path, clip, picture_format)
    assert np.abs(found.astype(int) - CHART).max() <= 6


def test_from_720_lines_on_such_a_matrix_is_taken_for_bt709(tmp_path: Path) -> None:
    frame = coded(np.array(CHART) / 255, matrix=BT709).reformat(width=WIDTH, height=736, format="yuv444p")
    colour = {"colorspace": 8}
    clip = Clip(pixel_format="yuv444p", width=WIDTH, height=736, source=[frame], options=LOSSLESS, colour=colour)
    assert np.abs(made(tmp_path, clip, "gif").astype(int) - CHART).max() <= 6


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
@pytest.mark.parametrize("transfer", [0, 3, 9, 10])
def test_a_transfer_that_no_filter_has_is_taken_for_bt709s(tmp_path: Path, transfer: int, picture_format: str) -> None:
    frame = coded(np.array(CHART) / 255, matrix=BT709)
    colour = {"colorspace": BT709, "color_primaries": 1, "color_trc": transfer, "color_range": LIMITED}
    clip = Clip(pixel_format="yuv444p", width=WIDTH, height=HEIGHT, source=[frame], options=LOSSLESS, colour=colour)
    assert np.abs(made(tmp_path, clip, picture_format).astype(int) - CHART).max() <= 6
