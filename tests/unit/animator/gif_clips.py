"""Clips as arrays, their GIFs as bytes, and those read again by other people's decoders."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from animator.core.order import BALANCED
from animator.gif import encoder as gif
from animator.picture.frames import Canvas, Encoded, Shown

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Seen:
    """One frame of a file as Pillow shows it: RGBA, start and length in milliseconds."""

    start: int
    duration: int
    rgba: Picture


def shown(pictures: Sequence[Picture], firsts: Sequence[int] | None = None) -> Iterator[Shown]:
    for first, picture in zip(firsts or range(len(pictures)), pictures, strict=True):
        yield Shown(first, VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24"))


def canvas_for(
    pictures: Sequence[Picture],
    *,
    ticks: int = 0,
    fps: int = 10,
    quality: float = 75,
    effort: int = BALANCED,
    threads: int = 2,
) -> Canvas:
    height, width, channels = pictures[0].shape
    return Canvas(
        width=width,
        height=height,
        ticks=ticks or len(pictures),
        fps=Fraction(fps),
        quality=quality,
        alpha=channels == 4,
        effort=effort,
        threads=threads,
    )


def made(pictures: Sequence[Picture], canvas: Canvas, firsts: Sequence[int] | None = None) -> tuple[bytes, Encoded]:
    target = io.BytesIO()
    encoded = gif.encode(shown(pictures, firsts), target, canvas, on_tick=lambda _: None)
    return target.getvalue(), encoded


def seen(data: bytes) -> list[Seen]:
    frames, start = [], 0
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            duration = int(image.info["duration"])
            frames.append(Seen(start, duration, np.asarray(image.convert("RGBA"))))
            start += duration
    return frames


def at(frames: Sequence[Seen], milliseconds: float) -> Picture:
    """What is on screen then."""
    return next(frame.rgba for frame in reversed(frames) if frame.start <= milliseconds)


def few_colours(seed: int, *, count: int = 8, width: int = 61, height: int = 43, colours: int = 200) -> list[Picture]:
    """Noise in a fixed set of colours, of which a part changes from picture to picture."""
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (colours, 3), np.uint8)
    indices = random.integers(0, colours, (height, width))
    pictures = []
    for _ in range(count):
        change = random.random((height, width)) < 0.2
        indices = np.where(change, random.integers(0, colours, (height, width)), indices)
        pictures.append(palette[indices])
    return pictures


def moving_scene(count: int = 8, *, width: int = 160, height: int = 96, noise: float = 1.5) -> list[Picture]:
    """Gradients, texture, a moving disc and a camera's noise: many colours."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    texture = random.normal(0, 12, (height, width)) * (x > width / 2)
    pictures = []
    for number in range(count):
        red = 40 + 120 * x / width + texture
        green = 60 + 130 * y / height + texture
        blue = 200 - 90 * x / width
        disc = (x - 20 - 8 * number) ** 2 + (y - height / 2) ** 2 < 18**2
        image = np.stack([np.where(disc, 230 - y, red), np.where(disc, 40 + x / 3, green), np.where(disc, 60, blue)], 2)
        pictures.append(np.clip(image + random.normal(0, noise, image.shape), 0, 255).astype(np.uint8))
    return pictures


def psnr(one: Picture, other: Picture) -> float:
    error = np.mean((one[..., :3].astype(np.float64) - other[..., :3]) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))
