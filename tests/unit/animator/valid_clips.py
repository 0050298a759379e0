"""Clips of every shape that a coder may stumble over, and the GIFs and WebPs that the engine makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av import VideoFrame

from animator import kernel
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, Pixels, render
from tests.unit.animator.gif_clips import few_colours, moving_scene
from tests.unit.animator.webp_reader import moving_square, noisy_pan


@dataclass(frozen=True)
class Scene:
    """Pictures in RGB or RGBA, and the `rate` of the clip and of what is made of it.

    `seconds` says when each picture begins, if they don't come evenly.
    """

    pictures: Callable[[], list[Pixels]]
    rate: int = 10
    seconds: Sequence[int] | None = None


def drifting_smoke(count: int = 6, *, width: int = 77, height: int = 58) -> list[Pixels]:
    """RGBA: a soft disc that drifts over nothing and, further down, over a ground that is half there."""
    y, x = np.mgrid[0:height, 0:width]
    pictures = []
    for number in range(count):
        distance = np.hypot(x - 10 - 9 * number, y - height / 2)
        alpha = np.maximum(np.clip(30 * (14 - distance), 0, 255), np.where(y > height * 0.6, 150, 0))
        colours = [3 * x, 4 * y, np.full_like(x, 40 * number), alpha]
        pictures.append(np.stack(colours, 2).clip(0, 255).astype(np.uint8))
    return pictures


def coming_and_going() -> list[Pixels]:
    """RGBA: nothing, then something, then nothing again."""
    middle = drifting_smoke(3)
    return [np.zeros_like(middle[0]), *middle, np.zeros_like(middle[0])]


SCENES = {
    "motion": Scene(lambda: noisy_pan(150, 94, count=9)),
    "still camera": Scene(lambda: moving_scene(9)),
    "flat": Scene(lambda: moving_square(96, 64, count=8)),
    "few colours, odd edges": Scene(lambda: few_colours(1, colours=30)),
    "smoke": Scene(drifting_smoke),
    "coming and going": Scene(coming_and_going),
    "one pixel": Scene(lambda: few_colours(2, width=1, height=1)),
    "one column": Scene(lambda: few_colours(3, width=1, height=37)),
    "one row": Scene(lambda: few_colours(4, width=53, height=1)),
    "one picture": Scene(lambda: moving_scene(1)),
    "60 fps": Scene(lambda: moving_scene(24, width=64, height=48), rate=60),
    "a long pause": Scene(lambda: few_colours(5, count=3), rate=1, seconds=[0, 2, 702]),
}


@dataclass(frozen=True)
class Case:
    """What to make of which scene. With `kernel` False it is made as on a machine where the kernel was not built."""

    scene: str
    quality: int
    format: str
    kernel: bool = True

    def __str__(self) -> str:
        return f"{self.scene}-{self.quality}-{self.format}{'' if self.kernel else '-no kernel'}"


@dataclass(frozen=True)
class Made:
    path: Path
    result: Result

    @property
    def milliseconds(self) -> int:
        return round(1000 * self.result.duration)

    @property
    def size(self) -> tuple[int, int]:
        return self.result.width, self.result.height


def make(case: Case, folder: Path) -> Made:
    """Render the scene without loss, and take it through the whole engine."""
    scene = SCENES[case.scene]
    source = folder / f"{case.scene}.mov"
    if not source.exists():
        render_losslessly(source, scene)
    target = folder / f"{case}.{case.format}"
    spec = AnimationSpec(format=case.format, fps=scene.rate, quality=case.quality)
    with pytest.MonkeyPatch.context() as patch:
        if not case.kernel:
            patch.setattr(kernel, "library", lambda: None)
        return Made(target, animate(source, target, Order(spec=spec), limits=Limits(max_seconds=900)))


def render_losslessly(path: Path, scene: Scene) -> Path:
    pictures = scene.pictures()
    height, width, channels = pictures[0].shape
    pixel_format = "rgba" if channels == 4 else "rgb24"
    clip = Clip(
        codec="png",
        pixel_format=pixel_format,
        rate=scene.rate,
        width=width,
        height=height,
        stamps=scene.seconds,
        time_base=Fraction(1) if scene.seconds else None,
        source=[VideoFrame.from_ndarray(picture, format=pixel_format) for picture in pictures],
    )
    return render(path, clip)
