"""Run by test_kernel_build.py in a process of its own, with the sanitisers' runtime loaded before Python."""

import os
from ctypes import CDLL
from dataclasses import replace

import numpy as np
from av import VideoFrame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from animator import kernel
from animator.kernel.webp import Nearness, Screen, far_chroma, halved, hard_edges, is_drawn
from animator.webp.tuning import tolerance_for
from tests.unit.animator import webp_reader
from tests.unit.animator.gif_clips import Picture, canvas_for, made

COUNT = 100
clips = 0


def picture(random: np.random.Generator, previous: Picture | None, shape: tuple[int, int, int]) -> Picture:
    """Noise, a flat colour, a gradient, or the picture before with a bit of change."""
    kind = random.integers(0, 5)
    if kind == 0 or (kind > 2 and previous is None):
        return random.integers(0, 256, shape, np.uint8)
    if kind == 1:
        return np.full(shape, random.integers(0, 256, shape[2]), np.uint8)
    if kind == 2:
        ramp = np.linspace(0, random.integers(1, 256), shape[0] * shape[1]).reshape(shape[0], shape[1], 1)
        return np.repeat(ramp, shape[2], axis=2).astype(np.uint8)
    assert previous is not None
    change = random.random(shape[:2]) < 0.1
    return np.where(change[..., None], random.integers(0, 256, shape), previous).astype(np.uint8)


@settings(max_examples=COUNT, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.integers(1, 70), st.integers(1, 70), st.integers(1, 9), st.booleans(), st.integers(1, 100), st.integers(1, 3),
    st.integers(1, 3), st.integers(0, 2**32 - 1),
)  # fmt: skip
def encode(
    width: int, height: int, count: int, alpha: bool, quality: int, threads: int, effort: int, seed: int
) -> None:
    global clips
    random = np.random.default_rng(seed)
    pictures: list[Picture] = []
    for _ in range(count):
        pictures.append(picture(random, pictures[-1] if pictures else None, (height, width, 4 if alpha else 3)))
    made(pictures, canvas_for(pictures, quality=quality, effort=effort, threads=threads))
    canvas = webp_reader.canvas_for(pictures, quality=quality, threads=threads, effort=effort)
    images = webp_reader.shown(pictures)
    webp_reader.encoded(images, canvas)
    if not alpha:
        wholes = [one._replace(image=one.image.reformat(format="yuv444p")) for one in images]
        webp_reader.encoded(wholes, canvas)
        draw_near(wholes[-1].image, bits=quality % 6, alike=seed % 3)
    clips += 1


def draw_near(whole: VideoFrame, *, bits: int, alike: int) -> None:
    library = kernel.library()
    assert library is not None
    image = halved(whole, library)
    with Screen(library, width=image.width, height=image.height, alpha=False, tolerance=tolerance_for(75)) as screen:
        patch = screen.update([image])
        assert patch is not None
        for one in (patch, replace(patch, whole=whole)):
            one.near(Nearness(bits, alike))
            one.differing(one.cut(), Nearness(bits, alike))
    hard_edges(image, library)
    far_chroma(image, image, library)
    is_drawn(image, library)


if __name__ == "__main__":
    library = CDLL(os.environ["ZOETROPE_KERNEL"])
    kernel.library = lambda: library  # type: ignore[assignment]
    encode()
    print(f"{clips} clips")
