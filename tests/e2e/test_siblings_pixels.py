"""Chromium shows a picture's siblings, drawn on a canvas, as the source's pictures are: what a page's visitor sees."""

import base64
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec, Order
from animator.core.siblings import sibling_paths
from animator.core.timeline import as_fraction
from animator.make.pipeline import animate
from animator.make.sample import render_sample
from animator.read.moments import pictures_at
from animator.read.source import open_source

WIDTH, HEIGHT, FPS = 320, 180, 10
# Of 255, over the whole picture: what a lossy file may be off on the mean, and one without loss
LOSSY, LOSSLESS = 4.0, 2.0
TYPES = {"avif": "image/avif", "apng": "image/png", "webm": "video/webm", "mp4": "video/mp4"}
# ImageDecoder is only there in a secure context, which a page of this machine is.
ADDRESS = "http://127.0.0.1/"
BYTES = "Uint8Array.from(atob(data), (character) => character.charCodeAt(0))"
DRAWN = """const drawn = (image) => {
    const canvas = new OffscreenCanvas(320, 180);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0, 320, 180);
    const pixels = context.getImageData(0, 0, 320, 180).data;
    return btoa(Array.from(pixels, (value) => String.fromCharCode(value)).join(""));
  };"""
OF_IMAGE = f"""async ({{ data, type, wanted }}) => {{
  {DRAWN}
  const decoder = new ImageDecoder({{ data: {BYTES}, type }});
  await decoder.tracks.ready;
  const shown = [];
  for (const frameIndex of wanted) {{
    const {{ image }} = await decoder.decode({{ frameIndex }});
    shown.push(drawn(image));
    image.close();
  }}
  const {{ frameCount, repetitionCount }} = decoder.tracks.selectedTrack;
  return {{ count: frameCount, again: isFinite(repetitionCount) ? repetitionCount : null, seconds: null, shown }};
}}"""
OF_FILM = f"""async ({{ data, type, wanted, fps }}) => {{
  {DRAWN}
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([{BYTES}], {{ type }}));
  const once = (name) => new Promise((done, failed) => {{
    video.addEventListener(name, done, {{ once: true }});
    video.addEventListener("error", () => failed(video.error.message), {{ once: true }});
  }});
  await once("loadeddata");
  // A sought picture may reach the canvas a moment after the news of it; till then nothing is drawn.
  const there = async (image) => {{
    for (let tries = 0; tries < 100 && !atob(drawn(image)).charCodeAt(3); tries++) {{
      await new Promise((done) => setTimeout(done, 50));
    }}
    return drawn(image);
  }};
  const shown = [];
  for (const number of wanted) {{
    const sought = once("seeked");
    video.currentTime = (number + 0.5) / fps;
    await sought;
    shown.push(await there(video));
  }}
  return {{ count: null, seconds: video.duration, shown }};
}}"""


@pytest.mark.parametrize("kind", TYPES)
def test_a_sibling_shows_in_chromium_what_the_source_shows(page: Page, tmp_path: Path, kind: str) -> None:
    source = render_sample(tmp_path / "clip.mp4", seconds=1.2, width=WIDTH, height=HEIGHT, fps=25)
    target = tmp_path / "out.webp"
    spec = AnimationSpec(format="webp", fps=FPS, quality=90.0, siblings=kind)
    animate(source, target, Order(spec=spec, end=1.0))
    wanted = [0, 3, 9, 6]
    told = _told(page, sibling_paths(target, kind)[kind], kind, wanted)
    assert told["count"] in (None, 10)
    assert told["seconds"] == pytest.approx(1.0, abs=0.02) if told["count"] is None else True
    bound = LOSSLESS if kind == "apng" else LOSSY
    sources = {number: _shown_at(source, number) for number in wanted}
    for number, drawn in zip(wanted, told["shown"], strict=True):
        seen = np.frombuffer(base64.b64decode(drawn), np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3]
        off = {other: np.abs(seen.astype(float) - picture).mean() for other, picture in sources.items()}
        assert off[number] < bound, (number, off)
        assert min(off, key=lambda other: off[other]) == number, "another moment's picture is nearer"


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_chromium_plays_an_avif_and_an_apng_as_often_as_was_asked_for(page: Page, tmp_path: Path, plays: int) -> None:
    source = render_sample(tmp_path / "clip.mp4", seconds=0.6, width=64, height=36, fps=10)
    target = tmp_path / "out.webp"
    spec = AnimationSpec(format="webp", fps=FPS, siblings="avif,apng", loop_count=plays)
    animate(source, target, Order(spec=spec, end=0.4))
    again = {kind: _told(page, sibling_paths(target, kind)[kind], kind, [0])["again"] for kind in ("avif", "apng")}
    assert again == dict.fromkeys(("avif", "apng"), plays - 1 if plays else None)


def _told(page: Page, file: Path, kind: str, wanted: list[int]) -> dict[str, Any]:
    page.route(ADDRESS, lambda route: route.fulfill(body="<title>Siblings</title>", content_type="text/html"))
    page.goto(ADDRESS)
    asked = {"data": base64.b64encode(file.read_bytes()).decode(), "type": TYPES[kind], "wanted": wanted, "fps": FPS}
    told: dict[str, Any] = page.evaluate(OF_FILM if TYPES[kind].startswith("video") else OF_IMAGE, asked)
    return told


def _shown_at(source: Path, number: int) -> NDArray[np.float64]:
    """The picture that is on screen in the middle of a tick."""
    with open_source(source, limits=DEFAULT_LIMITS) as opened:
        moment = as_fraction(Fraction(2 * number + 1, 2 * FPS)) - Fraction(1, 1000)
        picture = next(pictures_at(opened, [moment])).frame.to_image()
    return np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).convert("RGB"), float)
