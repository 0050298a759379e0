"""Each option of an order is heard: with it other files come out than without it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from animator.core.choice import Choice
from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from animator.make.sample import render_sample
from tests.unit.animator.clips import Clip, Pixels, render

USUAL: dict[str, Any] = {"format": "gif", "fps": 8, "width": 120, "height": 120, "quality": 80.0}
# Of each option, a value, and what it needs beside it to be heard.
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "format": ("webp", {}),
    "fps": (9, {}),
    "width": (100, {}),
    "height": (100, {}),
    "quality": (40.0, {}),
    "adaptive": (False, {"height": 80, "crop": "1:2"}),
    "max_bytes": (12_000, {}),
    "least_quality": (60.0, {"max_bytes": 12_000}),
    "least_fps": (7, {"max_bytes": 12_000, "give_way": "fps,quality"}),
    "least_edge": (110, {"max_bytes": 12_000, "give_way": "size,quality"}),
    "give_way": ("fps,quality", {"max_bytes": 12_000}),
    "effort": (1, {"format": "webp"}),
    "crop": ("10,10,100,90", {}),
    "anchor": ("top-left", {"crop": "1:1"}),
    "fit": ("cover", {}),
    "background": ("#ff8000", {"fit": "contain"}),
    "trim_borders": (True, {}),
    "loop": ("bounce", {}),
    "slack": (0.1, {"loop": "best"}),
    "crossfade": (0.3, {}),
    "loop_count": (2, {}),
    "speed": (0.5, {}),
    "reverse": (True, {}),
    "siblings": ("mp4,poster", {}),
    "within_source": (True, {"width": 320, "height": 180, "fps": 20, "quality": 100.0}),
}
CHOICES: dict[str, tuple[Any, dict[str, Any]]] = {
    "auto": (0.7, {}),
    "pieces": (3, {}),
    "piece": (0.3, {"pieces": 3}),
    "skip_first": (40.0, {"pieces": 3}),
    "skip_last": (40.0, {"pieces": 3}),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, with black bars above and below."""
    folder = tmp_path_factory.mktemp("clips")
    drawn = render_sample(folder / "drawn.mp4", seconds=2, width=320, height=180, fps=12)
    return render(folder / "clip.mp4", Clip(rate=12, width=320, height=240, source=_barred(drawn)))


def _barred(clip: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(clip)) as film:
        for picture in film.decode(video=0):
            pixels: Pixels = np.pad(picture.to_ndarray(format="rgb24"), ((30, 30), (0, 0), (0, 0)))
            yield av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def test_no_option_is_missing_here() -> None:
    assert set(CASES) == {one.name for one in fields(AnimationSpec)}
    assert set(CHOICES) == {one.name for one in fields(Choice)}


def _made(clip: Path, folder: Path, order: Order) -> dict[str, bytes]:
    folder.mkdir()
    animate(clip, folder / f"out.{order.spec.format}", order)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", [*CASES, *CHOICES])
def test_an_option_is_heard(clip: Path, tmp_path: Path, name: str) -> None:
    value, beside = (CASES | CHOICES)[name]
    if name in CASES:
        without = Order(spec=AnimationSpec(**USUAL | beside), start=0.2, end=1.4)
        with_it = replace(without, spec=replace(without.spec, **{name: value}))
    else:
        without = Order(spec=AnimationSpec(**USUAL), choice=Choice(**beside))
        with_it = replace(without, choice=replace(without.choice, **{name: value}))
    assert _made(clip, tmp_path / "without", without) != _made(clip, tmp_path / "with", with_it)
