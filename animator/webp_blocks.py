"""Planes of pixels and their blocks, as numpy arrays. Luma and alpha have blocks of 16x16, chroma of 8x8."""

import math
from typing import TypeVar

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

BLOCK = 16
LUMA, BLUE, RED, ALPHA = range(4)
_EDGE = 4  # 8-bit steps

T = TypeVar("T", bound=np.generic)
Plane = NDArray[np.uint8]
Planes = tuple[Plane, ...]
"""Luma, two of chroma with half the pixels each way (rounded up), perhaps alpha."""
Blocks = NDArray[np.bool_]
"""One entry per block, row by row; blocks at the right and lower edge may stick out of the picture."""


def planes_of(image: VideoFrame) -> Planes:
    """Views, not copies: they live as long as anyone looks."""
    return tuple(
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in image.planes
    )


def block_size(place: int) -> int:
    return BLOCK // 2 if place in (BLUE, RED) else BLOCK


def cut(planes: Planes, *, rows: slice, columns: slice) -> Planes:
    """Views of the given rows and columns of blocks."""
    sizes = [block_size(place) for place in range(len(planes))]
    return tuple(
        plane[rows.start * size : rows.stop * size, columns.start * size : columns.stop * size]
        for plane, size in zip(planes, sizes, strict=True)
    )


def spread(blocks: NDArray[T], plane: Plane, *, block: int) -> NDArray[T]:
    """One value per block → one value per pixel of the plane."""
    height, width = plane.shape
    return blocks.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]


def paste(source: Plane, target: Plane, *, shown: Blocks, block: int) -> None:
    """Copy the shown blocks; with exclusive or, four times quicker than numpy's masked copy."""
    mask = spread(np.where(shown, np.uint8(255), np.uint8(0)), target, block=block)
    target ^= (target ^ source) & mask


def block_peaks(plane: Plane, *, block: int) -> Plane:
    peaks: Plane = _in_blocks(plane, block=block).max(axis=1).max(axis=2)
    return peaks


def block_means(plane: Plane, *, block: int) -> NDArray[np.float32]:
    return _mean(_in_blocks(plane, block=block), area=block * block)


def block_mean_squares(plane: Plane, *, block: int) -> NDArray[np.float32]:
    pixels = _in_blocks(plane, block=block)
    return _mean(np.multiply(pixels, pixels, dtype=np.uint16), area=block * block)


def edges(luma: Plane) -> Plane:
    """1 where a pixel differs clearly from the one to the left or above, else 0."""
    found = np.zeros(luma.shape, np.uint8)
    found[:, 1:] = np.maximum(luma[:, 1:], luma[:, :-1]) - np.minimum(luma[:, 1:], luma[:, :-1]) > _EDGE
    found[1:] |= np.maximum(luma[1:], luma[:-1]) - np.minimum(luma[1:], luma[:-1]) > _EDGE
    return found


def _mean(pixels: NDArray[np.integer], *, area: int) -> NDArray[np.float32]:
    sums = pixels.sum(axis=1, dtype=np.uint32).sum(axis=2, dtype=np.uint32)
    means: NDArray[np.float32] = sums.astype(np.float32) / np.float32(area)
    return means


def _in_blocks(plane: Plane, *, block: int) -> Plane:
    """Rows of blocks x lines x columns of blocks x pixels; where a block sticks out, the last pixels are repeated."""
    height, width = plane.shape
    rows, columns = math.ceil(height / block), math.ceil(width / block)
    if (rows * block, columns * block) != plane.shape:
        whole = np.empty((rows * block, columns * block), np.uint8)
        whole[:height, :width] = plane
        whole[height:, :width] = plane[-1]
        whole[:, width:] = whole[:, width - 1 : width]
        plane = whole
    return plane.reshape(rows, block, columns, block)
