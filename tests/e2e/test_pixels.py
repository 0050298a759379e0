"""Chromium decodes what the engine makes, frame by frame, to the pixels that Pillow finds; it knows the same times."""

import base64
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from animator.kernel.build import build
from tests.unit.animator.readers import Pixels, by_pillow
from tests.unit.animator.valid_clips import Case, make

# ImageDecoder is only there in a secure context, which a page of this machine is.
ADDRESS = "http://127.0.0.1/"
DECODE = """async ({ data, type, wanted }) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const decoder = new ImageDecoder({ data: bytes, type, premultiplyAlpha: "none", colorSpaceConversion: "none" });
  await decoder.tracks.ready;
  const track = decoder.tracks.selectedTrack;
  const frames = [];
  for (const frameIndex of wanted) {
    const { image } = await decoder.decode({ frameIndex });
    const pixels = new Uint8Array(4 * image.codedWidth * image.codedHeight);
    await image.copyTo(pixels, { format: "RGBA" });
    const text = Array.from(pixels, (value) => String.fromCharCode(value)).join("");
    const { codedWidth: width, codedHeight: height, timestamp: start, duration } = image;
    frames.push({ width, height, start, duration, pixels: btoa(text) });
    image.close();
  }
  return { count: track.frameCount, endless: track.repetitionCount === Infinity, frames };
}"""


@dataclass(frozen=True)
class Frame:
    """RGBA; start and duration in microseconds."""

    pixels: Pixels
    start: int
    duration: int


@dataclass(frozen=True)
class Decoded:
    count: int
    endless: bool
    frames: list[Frame]


def decoded(page: Page, file: Path, wanted: list[int]) -> Decoded:
    page.route(ADDRESS, lambda route: route.fulfill(body="<title>Pixels</title>", content_type="text/html"))
    page.goto(ADDRESS)
    data = base64.b64encode(file.read_bytes()).decode()
    told = page.evaluate(DECODE, {"data": data, "type": f"image/{file.suffix[1:]}", "wanted": wanted})
    return Decoded(told["count"], told["endless"], [_frame(frame) for frame in told["frames"]])


def _frame(told: dict[str, Any]) -> Frame:
    pixels = np.frombuffer(base64.b64decode(told["pixels"]), np.uint8).reshape(told["height"], told["width"], 4)
    return Frame(pixels, told["start"], told["duration"])


@pytest.mark.parametrize("scene", ["motion", "still camera", "smoke", "coming and going", "one column", "60 fps"])
@pytest.mark.parametrize("picture_format", ["gif", "webp"])
def test_chromium_decodes_the_frames_that_pillow_decodes(
    page: Page, tmp_path: Path, scene: str, picture_format: str
) -> None:
    build()
    made = make(Case(scene, 75, picture_format), tmp_path)
    frames = list(by_pillow(made.path))
    starts = [0, *accumulate(milliseconds for _, milliseconds in frames)]
    last = len(frames) - 1
    wanted = [last, 1, 0, last // 2, 1]
    chromium = decoded(page, made.path, wanted)
    assert (chromium.count, chromium.endless) == (made.result.frames, True)
    for number, frame in zip(wanted, chromium.frames, strict=True):
        picture, milliseconds = frames[number]
        assert (frame.start, frame.duration) == (1000 * starts[number], 1000 * milliseconds)
        check_pixels(frame.pixels, picture)


def check_pixels(chromium: Pixels, pillow: Pixels) -> None:
    """Alike, but for colours that shine through: Chromium keeps those multiplied with their alpha, in whole numbers."""
    np.testing.assert_array_equal(chromium[..., 3], pillow[..., 3])
    opaque = pillow[..., 3] == 255
    np.testing.assert_array_equal(chromium[opaque], pillow[opaque])
    assert np.abs(over_black(chromium) - over_black(pillow)).max() <= 1


def over_black(picture: Pixels) -> NDArray[np.float64]:
    light: NDArray[np.float64] = picture[..., :3] * (picture[..., 3:] / 255)
    return light
