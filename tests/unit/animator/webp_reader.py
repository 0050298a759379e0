"""An animated WebP as a player shows it, and clips to make one from."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from animator.picture.frames import Canvas, Encoded, Shown
from animator.webp import encoder as webp

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Played:
    """What a player shows. `size` is width and height.

    `pictures` are RGBA, one a frame; `durations` are in milliseconds.
    """

    size: tuple[int, int]
    loop: int
    pictures: list[Pixels]
    durations: list[int]

    def at(self, milliseconds: float) -> Pixels:
        ends = np.cumsum(self.durations)
        return self.pictures[int(np.searchsorted(ends, milliseconds, side="right"))]


def planes_of(image: VideoFrame) -> list[Pixels]:
    """Luma, two of chroma, perhaps alpha."""
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in image.planes
    ]


def played(file: bytes) -> Played:
    image = Image.open(io.BytesIO(file))
    pictures, durations = [], []
    for place in range(getattr(image, "n_frames", 1)):
        image.seek(place)
        image.load()
        pictures.append(np.asarray(image.convert("RGBA")))
        durations.append(image.info["duration"])
    return Played(image.size, image.info["loop"], pictures, durations)


def encoded(pictures: Sequence[Shown], canvas: Canvas) -> tuple[bytes, Encoded]:
    target = io.BytesIO()
    result = webp.encode(iter(pictures), target, canvas, on_tick=lambda done: None)
    return target.getvalue(), result


def shown(pictures: Sequence[Pixels], *, firsts: Sequence[int] | None = None) -> list[Shown]:
    """RGB or RGBA arrays → what the decoder would send."""
    alpha = pictures[0].shape[2] == 4
    wanted, given = webp.pixel_format(alpha=alpha), "rgba" if alpha else "rgb24"
    images = [VideoFrame.from_ndarray(picture, format=given).reformat(format=wanted) for picture in pictures]
    return [Shown(first, image) for first, image in zip(firsts or range(len(images)), images, strict=True)]


def canvas_for(pictures: Sequence[Pixels], **known: Any) -> Canvas:
    height, width, channels = pictures[0].shape
    values = {"ticks": len(pictures), "fps": Fraction(10), "quality": 75.0, "alpha": channels == 4, "threads": 2}
    return Canvas(width=width, height=height, **(values | known))


def as_decoded(image: VideoFrame) -> Pixels:
    """What a perfect coder could show of an image: halved chroma and limited range can't be undone."""
    return image.to_ndarray(format="rgb24")


def luma(picture: Pixels) -> NDArray[np.float64]:
    weighted: NDArray[np.float64] = picture[..., :3] @ np.array([0.299, 0.587, 0.114])
    return weighted


def moving_square(width: int, height: int, *, count: int, seed: int = 0) -> list[Pixels]:
    """A square that crosses a soft, still background."""
    random = np.random.default_rng(seed)
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    colours = random.uniform(40, 200, 3)
    background = np.stack([colours[0] + 40 * across, colours[1] + 40 * down, colours[2] + 0 * down], axis=2)
    side = max(1, min(width, height) // 3)
    pictures = []
    for place in range(count):
        picture = background.astype(np.uint8)
        left = (width - side) * place // max(1, count - 1)
        picture[height // 3 : height // 3 + side, left : left + side] = random.integers(0, 255, 3)
        pictures.append(picture)
    return pictures


def noisy_pan(width: int, height: int, *, count: int) -> list[Pixels]:
    """A textured scene that moves, with a camera's noise."""
    random = np.random.default_rng(7)
    across, down = np.meshgrid(np.arange(width + 4 * count), np.arange(height))
    scene = 120 + 50 * np.sin(across / 5) * np.cos(down / 7) + 40 * np.sin(across * down / 900)
    pictures = []
    for place in range(count):
        window = scene[:, 3 * place : 3 * place + width] + random.normal(0, 2, (height, width))
        grey = window.clip(0, 255)
        pictures.append(np.stack([grey, grey * 0.8, 255 - grey], axis=2).astype(np.uint8))
    return pictures
