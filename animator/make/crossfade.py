"""A picture whose end turns into its beginning: the first ticks are kept back and laid over the last ones."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from av import VideoFrame

from animator.picture.frames import Shown

Samples = npt.NDArray[np.uint8]
Weights = npt.NDArray[np.floating[Any]]
# Of a format's planes, or of a pixel's samples where they are packed, which one is alpha.
ALPHA = 3


def crossfaded(shown: Iterable[Shown], *, ticks: int, fade: int) -> Iterator[Shown]:
    """`ticks` − `fade` ticks: those after the first `fade`, of which the last `fade` turn into the first.

    So what comes after the last one is the first one that is shown, and `fade` is half of `ticks` at most.
    """
    held: list[VideoFrame] = []
    begin = ticks - fade
    for tick, image, is_new in _each(shown, ticks=ticks):
        if tick < fade:
            held.append(image)
        elif tick >= begin:
            share = (tick - begin + 1) / (fade + 1)
            yield Shown(tick - fade, blended(image, held[tick - begin], share=share))
        elif is_new or tick == fade:
            yield Shown(tick - fade, image)


def _each(shown: Iterable[Shown], *, ticks: int) -> Iterator[tuple[int, VideoFrame, bool]]:
    """What is on screen at every tick, and whether it has come up just then."""
    pictures = iter(shown)
    image, coming = next(pictures).image, next(pictures, None)
    for tick in range(ticks):
        is_new = tick == 0
        if coming is not None and coming.first == tick:
            image, coming, is_new = coming.image, next(pictures, None), True
        yield tick, image, is_new


def blended(before: VideoFrame, after: VideoFrame, *, share: float) -> VideoFrame:
    """So much of `after` and the rest of `before`, in its format; colours are weighed by their alpha."""
    if after.format.name != before.format.name:
        after = after.reformat(format=before.format.name)
    mixed = VideoFrame(before.width, before.height, before.format.name)
    mixed.colorspace, mixed.color_range = before.colorspace, before.color_range
    alphas = [_alpha(image) for image in (before, after)]
    for place, plane in enumerate(_planes(mixed)):
        one, other = _planes(before)[place], _planes(after)[place]
        weights = [_fitted(alpha, one.shape[:2]) for alpha in alphas]
        plane[...] = _mixed((one, other), weights, share=share)
        if one.shape[-1] == ALPHA + 1 or place == ALPHA:
            plane[..., -1:] = _mixed((alphas[0], alphas[1]), [np.ones((1, 1, 1))] * 2, share=share)
    return mixed


def _mixed(pair: tuple[Samples, Samples], weights: list[Weights], *, share: float) -> Samples:
    one, other = weights[0] * (1 - share), weights[1] * share
    total = np.maximum(one + other, 1e-9)
    return np.rint((pair[0] * one + pair[1] * other) / total).astype(np.uint8)


def _planes(image: VideoFrame) -> list[Samples]:
    """Views of height x width x samples; packed formats have one."""
    arrays = []
    for plane in image.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        samples = len(image.format.components) if len(image.planes) == 1 else 1
        arrays.append(rows[:, : plane.width * samples].reshape(plane.height, plane.width, samples))
    return arrays


def _alpha(image: VideoFrame) -> Samples:
    """1 for pictures without."""
    planes = _planes(image)
    if len(planes) > ALPHA:
        return planes[ALPHA]
    return planes[0][..., ALPHA:] if planes[0].shape[-1] > ALPHA else np.ones((1, 1, 1), np.uint8)


def _fitted(alpha: Samples, shape: tuple[int, ...]) -> Weights:
    """Of each sample, also where the colour has half the resolution. Nothing counts as a little of something."""
    if alpha.shape[:2] == (1, 1) or alpha.shape[:2] == shape:
        return alpha + 1e-6
    even = np.pad(alpha, [(0, alpha.shape[0] % 2), (0, alpha.shape[1] % 2), (0, 0)], mode="edge").astype(np.float64)
    means: Weights = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4 + 1e-6
    return means
