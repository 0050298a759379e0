"""A chart of colours: a finished picture looks in Chromium as its source does in Chromium's own video element."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, Pixels, render
from tests.unit.animator.test_colour import BT601, BT709, CHART, EDGE, FULL, HEIGHT, LIMITED, LOSSLESS, WIDTH, coded

# Chromium turns limited-range BT.709 with six-bit constants: its own picture is off by up to 8 in strong colours.
TOLERANCE = 10
SOURCES = {"bt601": (BT601, False), "bt709": (BT709, False), "bt709_full": (BT709, True)}


def chart(path: Path, *, matrix: int, full: bool) -> Path:
    picture = coded(np.array(CHART) / 255, matrix=matrix, full=full).reformat(format="yuv420p")
    tags = {
        "colorspace": matrix,
        "color_primaries": matrix,
        "color_trc": matrix,
        "color_range": FULL if full else LIMITED,
    }
    return render(path, Clip(width=WIDTH, height=HEIGHT, source=[picture] * 10, options=LOSSLESS, colour=tags))


def seen(page: Page, tag: str, file: Path, mime: str) -> Pixels:
    data = base64.b64encode(file.read_bytes()).decode()
    page.set_content(f'<{tag} src="data:{mime};base64,{data}" style="position:fixed;top:0;left:0" muted></{tag}>')
    ready = "element => element.readyState >= 2" if tag == "video" else "element => element.complete"
    page.wait_for_function(f"() => ({ready})(document.querySelector('{tag}'))")
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT})
    with Image.open(io.BytesIO(shot)) as image:
        return np.asarray(image.convert("RGB"))[HEIGHT // 2, EDGE // 2 :: EDGE]


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_picture_has_the_colours_of_the_video_element(
    page: Page, tmp_path: Path, name: str, picture_format: str
) -> None:
    matrix, full = SOURCES[name]
    source = chart(tmp_path / "chart.mp4", matrix=matrix, full=full)
    target = tmp_path / f"chart.{picture_format}"
    animate(source, target, Order(spec=AnimationSpec(format=picture_format, fps=5, quality=95)))
    video = seen(page, "video", source, "video/mp4").astype(int)
    picture = seen(page, "img", target, f"image/{picture_format}").astype(int)
    assert np.abs(video - picture).max() <= TOLERANCE
    assert np.abs(picture - CHART).max() <= 6
