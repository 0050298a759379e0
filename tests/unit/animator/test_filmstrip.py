"""A video at a glance: tiles where they belong, cuts where scenes change, and a light copy of a piece."""

from pathlib import Path

import av
import numpy as np
import pytest
from av import VideoFrame
from PIL import Image

from animator.make import filmstrip as module
from animator.make.filmstrip import filmstrip
from animator.make.proxy import proxy
from tests.unit.animator.clips import Clip, render

RATE = 10  # pictures a second
SCENES = {40: 20, 200: 20, 41: 35}  # grey and number of pictures of each; a key frame comes after 25 at the latest
# Of the key frames only the one at 4 s is sooner than the encoder had to make it.
FOUND = {"all pictures": [2.0, 4.0], "key frames": [4.0], "key frames sought": []}


def scenes(path: Path, **more: object) -> Path:
    """Dark, from 2 s on light, from 4 s on dark."""
    grain = np.random.default_rng(1).integers(-30, 30, (96, 128, 3))
    pictures = [
        VideoFrame.from_ndarray((grey + np.roll(grain, 40 * grey, axis=1)).astype(np.uint8), format="rgb24")
        for grey, count in SCENES.items()
        for number in range(count)
    ]
    pictures = [picture.reformat(format="yuv420p") for picture in pictures]
    return render(path, Clip(rate=RATE, source=pictures, options={"g": "25", "x264-params": "scenecut=40"}, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("way", FOUND)
def test_tiles_and_cuts_are_found_in_each_way(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if way != "all pictures":
        monkeypatch.setattr(module, "WHOLE_PIXELS", 0)
    if way == "key frames sought":
        monkeypatch.setattr(module, "THROUGH_BYTES", 0)
    source = scenes(tmp_path / "scenes.mp4")
    told = filmstrip(source, tmp_path / "strip.jpg")
    assert (told.duration, told.rate, told.width, told.height) == (7.5, 10.0, 128, 96)
    assert list(told.cuts) == FOUND[way]
    assert list(told.times) == sorted(set(told.times)) and len(told.times) <= module.TILES
    with Image.open(tmp_path / "strip.jpg") as sheet:
        for number, moment in enumerate(told.times):
            row, column = divmod(number, told.columns)
            middle = (int((column + 0.5) * told.tile_width), int((row + 0.5) * told.tile_height))
            assert (sheet.convert("L").getpixel(middle) > 120) == (2 <= moment < 4), moment  # type: ignore[operator]


def test_few_key_frames_are_not_all_that_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = scenes(tmp_path / "scenes.mp4")
    monkeypatch.setattr(module, "WHOLE_PIXELS", 300_000)
    monkeypatch.setattr(module, "WITHIN_REACH", 5)
    assert len(filmstrip(source, tmp_path / "strip.jpg").times) >= module.FEW


def test_a_proxy_shows_its_seconds_upright_and_can_be_scrubbed(tmp_path: Path) -> None:
    source = scenes(tmp_path / "scenes.mp4", rotation=90)
    proxy(source, tmp_path / "proxy.mp4", start=1.0, end=3.0)
    with av.open(str(tmp_path / "proxy.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 96, 128)
        pictures = [frame.to_ndarray(format="gray").mean() for frame in container.decode(stream)]
    assert len(pictures) == 20
    assert [picture > 120 for picture in pictures] == [False] * 10 + [True] * 10
