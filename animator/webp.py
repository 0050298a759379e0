"""The WebP encoder (a first, plain one)."""

import itertools
from collections.abc import Callable, Iterable
from typing import BinaryIO

from PIL import Image

from animator.frames import Canvas, Encoded, Shown


def pixel_format(*, alpha: bool) -> str:
    return "yuva420p" if alpha else "yuv420p"


def encode(shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    pictures: list[Image.Image] = []
    firsts: list[int] = []
    for picture in shown:
        mode = "rgba" if canvas.alpha else "rgb24"
        pictures.append(Image.fromarray(picture.image.to_ndarray(format=mode)))
        firsts.append(picture.first)
        on_tick(picture.first)
    ends = [round(tick * 1000 / canvas.fps) for tick in [*firsts, canvas.ticks]]
    delays = [b - a for a, b in itertools.pairwise(ends)]
    pictures[0].save(
        target, "WEBP", save_all=True, append_images=pictures[1:], duration=delays, loop=0, quality=canvas.quality
    )
    return Encoded(frames=len(pictures), duration_ms=sum(delays))
