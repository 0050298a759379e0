"""The GIF encoder (a first, plain one: FFmpeg's palette filters)."""

import itertools
from collections.abc import Callable, Iterable
from typing import BinaryIO

from PIL import Image

from animator.frames import Canvas, Encoded, Shown


def pixel_format(*, alpha: bool) -> str:
    return "rgba" if alpha else "rgb24"


def encode(shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    pictures: list[Image.Image] = []
    firsts: list[int] = []
    for picture in shown:
        pictures.append(picture.image.to_image().quantize(256))
        firsts.append(picture.first)
        on_tick(picture.first)
    ends = [round(tick * 100 / canvas.fps) for tick in [*firsts, canvas.ticks]]
    delays = [max(20, 10 * (b - a)) for a, b in itertools.pairwise(ends)]
    pictures[0].save(target, "GIF", save_all=True, append_images=pictures[1:], duration=delays, loop=0)
    return Encoded(frames=len(pictures), duration_ms=sum(delays))
