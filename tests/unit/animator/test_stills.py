"""Sets of stills and sheets of them; each picture carries its number (clips.py)."""

import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animator.confine.sandbox import Sandbox
from animator.core.errors import ConfigurationUnsupported, EngineError, InvalidSpec, InvalidTimeOffset, ResultTooLarge
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.still_set import StillSet
from animator.core.stills_order import StillsOrder
from animator.core.webvtt import thumbnails
from animator.make.stills import stills
from animator.read.moments import pictures_at
from animator.read.source import open_source
from tests.unit.animator.clips import Clip, number_in, render

# 20 pictures of 128x96, ten a second.
LENGTH = 2.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("stills") / "clip.mp4", Clip(options={"g": "4"}))


def made(source: Path, *, limits: Limits = DEFAULT_LIMITS, **asked: Any) -> tuple[StillSet, list[Image.Image]]:
    bundle = source.with_suffix(".bundle")
    found = stills(source, bundle, StillsOrder(**asked), limits=limits)
    file = bundle.read_bytes()
    assert sum(length for _, length in found.spans) == len(file), "nothing but pictures"
    return found, [Image.open(io.BytesIO(file[begin : begin + length])) for begin, length in found.spans]


def numbers(images: list[Image.Image]) -> list[int]:
    return [number_in(np.asarray(image.convert("RGB"))) for image in images]


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_each_moment_shows_what_is_on_screen_then_in_the_order_that_was_asked(clip: Path, kind: str) -> None:
    found, images = made(clip, format=kind, moments=("1.25s", "0s", "50%", "650ms", "100%", "50%"))
    assert numbers(images) == [12, 0, 10, 6, 19, 10]
    assert found.moments == (1.25, 0, 1, 0.65, 2, 1)
    assert {image.format for image in images} == {{"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind]}
    assert (found.width, found.height, found.duration) == (128, 96, LENGTH)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("10%", [*range(0, 20, 2)]),
        ("30%", [0, 6, 12, 18]),
        ("1s", [0, 10]),
        ("1.5s", [0, 15]),
        ("7s", [0]),
        ("100%", [0]),
    ],
)
def test_stills_of_every_so_much_begin_with_the_first(clip: Path, every: str, expected: list[int]) -> None:
    assert numbers(made(clip, every=every)[1]) == expected


def test_few_key_frames_cost_no_more_than_another_way_through(tmp_path: Path) -> None:
    source = render(tmp_path / "one_key.mp4", Clip(pictures=200, options={"g": "400"}))
    packets = 0

    def count() -> None:
        nonlocal packets
        packets += 1

    with open_source(source, limits=DEFAULT_LIMITS) as opened:
        moments = [Fraction(number, 5) for number in range(100)]
        pictures = list(pictures_at(opened, moments, on_work=count))
    assert len(pictures) == 100
    assert packets < 3 * 200, "and not 100 * 200 / 2"
    assert numbers(made(source, every="200ms")[1]) == [number % 256 for number in range(0, 200, 2)]


def test_a_sheet_holds_rows_of_stills_and_webvtt_says_where(clip: Path) -> None:
    found, sheets = made(clip, format="png", every="200ms", width=64, height=48, rows=2, columns=3)
    assert [sheet.size for sheet in sheets] == [(192, 96)] * 2, "10 stills, 6 on a sheet"
    assert (found.width, found.height, len(found.moments)) == (64, 48, 10)
    vtt = thumbnails(found, names=["a.jpg", "b.jpg"], columns=3, rows=2)
    head, *cues = vtt.strip().split("\n\n")
    assert head == "WEBVTT"
    assert cues[0] == "00:00:00.000 --> 00:00:00.200\na.jpg#xywh=0,0,64,48"
    assert cues[-1] == "00:00:01.800 --> 00:00:02.000\nb.jpg#xywh=0,48,64,48"
    for number, cue in enumerate(cues):
        name, _, box = cue.splitlines()[1].partition("#xywh=")
        left, top, width, height = map(int, box.split(","))
        cell = sheets["ab".index(name[0])].crop((left, top, left + width, top + height))
        assert numbers([cell]) == [2 * number]
    assert np.asarray(sheets[1].crop((64, 48, 192, 96))).max() == 0, "what is left over is black"


def test_a_clock_of_hours() -> None:
    found = StillSet(width=2, height=2, duration=7325.5, moments=(3661.25,), spans=())
    assert "01:01:01.250 --> 02:02:05.500\n" in thumbnails(found, names=["a"], columns=1, rows=1)


@pytest.mark.parametrize(
    ("fill", "edge"), [("stretch", None), ("black", (0, 0, 0)), ("white", (255, 255, 255)), ("gauss", None)]
)
def test_a_still_of_another_shape_is_filled_as_asked(clip: Path, fill: str, edge: tuple[int, ...] | None) -> None:
    _, (image,) = made(clip, format="png", moments=("1s",), width=300, height=96, adaptive=False, fill=fill)
    pixels = np.asarray(image.convert("RGB")).astype(int)
    assert image.size == (300, 96)
    if edge is not None:
        assert abs(pixels[:, :80] - edge).max() == 0
        assert abs(pixels[:, 220:] - edge).max() == 0
    if fill == "stretch":
        assert number_in(pixels) == 10
    else:
        assert number_in(pixels[:, 86:214]) == 10, "in the middle, as it is"
    if fill == "gauss":
        assert 30 < pixels[:, :80].mean() < 225, "made of the picture itself"
        assert abs(np.diff(pixels[:, :80], axis=1)).max() < 40, "and blurred"


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"width": 64}, (48, 64)),
        ({"width": 64, "adaptive": False}, (64, 86)),
        ({"width": 64, "height": 40, "fill": "stretch"}, (40, 64)),
        ({"height": 48, "adaptive": False}, (36, 48)),
    ],
)
def test_a_standing_source_is_sized_by_its_long_edge_unless_told_otherwise(
    tmp_path: Path, asked: dict[str, Any], size: tuple[int, int]
) -> None:
    source = render(tmp_path / "standing.mp4", Clip(rotation=90))
    found, (image,) = made(source, moments=("0s",), **asked)
    assert (found.width, found.height) == image.size == size


def test_a_transparent_source_stays_so_in_png_and_is_white_in_jpg(tmp_path: Path) -> None:
    import av

    def pictures() -> Any:
        yield av.VideoFrame.from_ndarray(np.zeros((96, 128, 4), np.uint8), format="rgba").reformat(format="argb")

    source = render(tmp_path / "clip.mov", Clip(codec="qtrle", pixel_format="argb", source=pictures()))
    assert np.asarray(made(source, moments=("0s",), format="png")[1][0].convert("RGBA"))[..., 3].max() == 0
    assert np.asarray(made(source, moments=("0s",))[1][0]).min() > 250


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (InvalidSpec, {"format": "gif", "every": "1s"}),
        (InvalidSpec, {"fill": "red", "every": "1s"}),
        (InvalidSpec, {"every": "0s"}),
        (InvalidSpec, {"every": "1s", "moments": ("1s",)}),
        (InvalidSpec, {}),
        (InvalidSpec, {"every": "1s", "rows": 3}),
        (InvalidSpec, {"every": "1s", "rows": 101, "columns": 1}),
        (InvalidSpec, {"every": "1s", "width": 4097}),
        (InvalidSpec, {"moments": ("101%",)}),
        (InvalidSpec, {"moments": ("-1s",)}),
        (InvalidSpec, {"moments": ("1e3s",)}),
        (InvalidSpec, {"moments": ("1",)}),
        (InvalidTimeOffset, {"moments": ("1s", "2.001s")}),
        (ConfigurationUnsupported, {"every": "0.5ms"}),
        (ConfigurationUnsupported, {"every": "1s", "width": 4000, "height": 4000, "rows": 1, "columns": 4}),
        (ResultTooLarge, {"every": "1s", "limits": Limits(max_output_pixels=2 * 128 * 96 - 1)}),
    ],
)
def test_what_makes_no_sense_is_refused(clip: Path, error: type[EngineError], asked: dict[str, Any]) -> None:
    with pytest.raises(error):
        made(clip, **asked)


def test_the_child_makes_the_same_bytes(clip: Path, tmp_path: Path) -> None:
    order = StillsOrder(moments=("1s", "0s"), width=64, format="webp")
    assert StillsOrder.from_dict(json.loads(json.dumps(order.as_dict()))) == order
    told: list[float] = []
    sandbox = Sandbox()
    try:
        found = sandbox.stills(clip, tmp_path / "bundle", order, on_tick=told.append)
    finally:
        sandbox.close()
    assert found == stills(clip, tmp_path / "here", order)
    assert (tmp_path / "bundle").read_bytes() == (tmp_path / "here").read_bytes()
