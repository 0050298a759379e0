"""What a crop, a fit and a background leave of a picture, by the places that its colours tell."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from animator.core.errors import InvalidSpec
from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, Pixels, render

# Red tells a pixel's x, green its y, in shares of the picture; blue tells it from bars.
WIDTH, HEIGHT = 200, 100


def charted() -> Pixels:
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    picture[..., 0] = np.linspace(0, 250, WIDTH)[None, :]
    picture[..., 1] = np.linspace(0, 250, HEIGHT)[:, None]
    return picture


def chart(path: Path, **changes: Any) -> Path:
    frames = [av.VideoFrame.from_ndarray(charted(), format="rgb24") for _ in range(3)]
    clip = {"codec": "libx264rgb", "pixel_format": "rgb24", "options": {"qp": "0"}, "width": WIDTH, "height": HEIGHT}
    return render(path, Clip(**{**clip, "source": frames, **changes}))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("charts")
    return {
        "lying": chart(folder / "lying.mp4"),
        "turned": chart(folder / "turned.mp4", rotation=90),
        "wide": chart(folder / "wide.mp4", aspect=Fraction(2)),
    }


Made = Callable[..., Image.Image]


@pytest.fixture
def made(clips: dict[str, Path], tmp_path: Path) -> Made:
    def make(name: str, kind: str = "webp", **asked: Any) -> Image.Image:
        target = tmp_path / f"out.{kind}"
        spec = AnimationSpec.from_dict({"format": kind, "fps": 5, "quality": 100, "adaptive": False, **asked})
        animate(clips[name], target, Order(spec=spec))
        with Image.open(target) as image:
            return image.convert("RGBA")

    return make


def ends(image: Image.Image) -> tuple[float, float, float, float]:
    """The chart's left, top, right and bottom place that the picture's corners show, as shares."""
    first, last = image.getpixel((1, 1)), image.getpixel((image.width - 2, image.height - 2))
    return tuple(colour / 250 for pixel in (first, last) for colour in pixel[:2])  # type: ignore[index, return-value]


@pytest.mark.parametrize(
    ("name", "asked", "size", "shown"),
    [
        ("lying", {}, (200, 100), (0, 0, 1, 1)),
        ("lying", {"crop": "50,20,100,60"}, (100, 60), (0.25, 0.2, 0.75, 0.8)),
        ("lying", {"crop": "51,21,99,59", "width": 50}, (50, 30), (0.25, 0.2, 0.75, 0.8)),
        ("lying", {"crop": "1:1"}, (100, 100), (0.25, 0, 0.75, 1)),
        ("lying", {"crop": "1:1", "anchor": "right"}, (100, 100), (0.5, 0, 1, 1)),
        ("lying", {"crop": "4:1", "anchor": "bottom-left"}, (200, 50), (0, 0.5, 1, 1)),
        ("lying", {"width": 60, "height": 60}, (60, 60), (0, 0, 1, 1)),
        ("lying", {"width": 60, "height": 60, "fit": "cover"}, (60, 60), (0.25, 0, 0.75, 1)),
        ("lying", {"width": 60, "height": 60, "fit": "cover", "anchor": "left"}, (60, 60), (0, 0, 0.5, 1)),
        ("lying", {"width": 60, "fit": "cover"}, (60, 30), (0, 0, 1, 1)),
        ("lying", {"crop": "0,0,50,100", "width": 50, "height": 50, "fit": "cover"}, (50, 50), (0, 0.25, 0.25, 0.75)),
        ("wide", {"crop": "200,0,200,100"}, (200, 100), (0.5, 0, 1, 1)),
        ("wide", {"crop": "1:1"}, (100, 100), (0.375, 0, 0.625, 1)),
    ],
)
def test_the_part_that_was_asked_for_is_shown(
    made: Made, name: str, asked: dict[str, Any], size: tuple[int, int], shown: tuple[float, ...]
) -> None:
    image = made(name, **asked)
    assert image.size == size
    assert ends(image) == pytest.approx(shown, abs=0.06)


@pytest.mark.parametrize("anchor", ["top-left", "bottom-right"])
def test_a_crop_counts_on_the_picture_as_it_is_seen(made: Made, anchor: str) -> None:
    """The part of the turned picture is the part of what is seen of it, made without any crop."""
    whole = made("turned")
    assert whole.size == (100, 200)
    box = (0, 0, 60, 90) if anchor == "top-left" else (40, 110, 100, 200)
    left, top, right, bottom = box
    image = made("turned", crop=f"{left},{top},{right - left},{bottom - top}")
    assert ends(image) == pytest.approx(ends(whole.crop(box)), abs=0.03)


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize(
    ("background", "bar"),
    [("", (0, 0, 0, 255)), ("#c01020", (0xC0, 0x10, 0x20, 255)), ("transparent", (0, 0, 0, 0))],
)
@pytest.mark.parametrize("edge", [120, 121])
def test_what_is_contained_has_bars_of_the_background(
    made: Made, kind: str, background: str, bar: tuple[int, ...], edge: int
) -> None:
    image = made("lying", kind, width=edge, height=edge, fit="contain", background=background)
    assert image.size == (edge, edge)
    corner = image.getpixel((5, 5))
    assert isinstance(corner, tuple)
    assert corner[3] == bar[3]
    if bar[3]:
        assert corner == pytest.approx(bar, abs=6)
    inside = image.crop((0, 30, edge, 30 + edge // 2))
    assert ends(inside.crop((1, 2, edge - 1, edge // 2 - 2))) == pytest.approx((0, 0, 1, 1), abs=0.08)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("crop", "1,2,3"),
        ("crop", "0,0,0,5"),
        ("crop", "0:1"),
        ("crop", "16x9"),
        ("crop", None),
        ("anchor", "middle"),
        ("fit", "fill"),
        ("background", "red"),
        ("background", "#12345"),
    ],
)
def test_nonsense_about_the_frame_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(InvalidSpec, match=field):
        AnimationSpec.from_dict({"format": "gif", "fps": 5, field: value})


def test_a_crop_past_the_picture_says_how_large_that_is(made: Made) -> None:
    with pytest.raises(InvalidSpec, match=r"crop 150,0,51,100 .* 200x100"):
        made("lying", crop="150,0,51,100")
