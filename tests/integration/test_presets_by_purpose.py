"""What the presets by purpose promise is true of what they make: bytes, size, rate, loop, transparent bars."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from animator.core.order import Order
from animator.make.pipeline import animate
from templates_app.models import AnimatedImageTemplate
from templates_app.presets import BY_PURPOSE, PRESETS
from tests.unit.animator.clips import Clip, render

pytestmark = pytest.mark.django_db

RATE, SECONDS = 20, 2
SHAPES = {"wide": (640, 272), "high": (272, 480)}
NUMBERS = [preset["definition"] for preset in PRESETS if preset["definition"] >= BY_PURPOSE]


def _drawn(width: int, height: int) -> Iterator[av.VideoFrame]:
    """Coarse noise that rushes by: more than some of the limits allow."""
    grain = np.random.default_rng(4).integers(20, 235, (height // 16, width // 8, 3), np.uint8)
    world = np.repeat(np.repeat(grain, 16, axis=0), 16, axis=1)
    for number in range(RATE * SECONDS):
        picture = np.ascontiguousarray(world[:, 12 * number :][:, :width])
        yield av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")


@pytest.fixture(scope="module", params=sorted(SHAPES))
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    width, height = SHAPES[request.param]
    path = tmp_path_factory.mktemp("drawn") / f"{request.param}.mp4"
    return render(path, Clip(rate=RATE, width=width, height=height, source=_drawn(width, height)))


@pytest.mark.parametrize("number", NUMBERS)
def test_what_a_preset_promises_is_true_of_what_it_makes(number: int, source: Path, tmp_path: Path) -> None:
    spec = AnimatedImageTemplate.objects.get(application=None, definition=number).spec
    target = tmp_path / f"out.{spec.format}"
    made = animate(source, target, Order(spec=spec))
    assert target.stat().st_size == made.size <= spec.max_bytes
    assert made.fitted is not None
    with Image.open(target) as picture:
        assert picture.format == spec.format.upper()
        assert picture.info["loop"] == spec.loop_count == 0
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
    assert len(frames) == made.frames > 1
    shown = frames[len(frames) // 2]
    longest = max(spec.width, spec.height)
    if spec.fit == "contain":
        assert shown.size == (spec.width, spec.height)
        alpha = shown.getchannel("A")
        assert (alpha.getpixel((0, 0)), alpha.getpixel((longest // 2, longest // 2))) == (0, 255)
    else:
        assert spec.floors.edge <= max(shown.size) <= longest
        width, height = SHAPES[source.stem]
        assert shown.width / shown.height == pytest.approx(width / height, rel=0.02)
    assert spec.floors.fps <= made.fps <= spec.fps
    assert made.duration == pytest.approx(SECONDS, abs=0.2)
