"""What of a picture has to be coded again, in blocks of 16x16 pixels."""

import math
from dataclasses import dataclass

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

BLOCK = 16
Plane = NDArray[np.uint8]
Blocks = NDArray[np.bool_]

# A block is left as it is while it differs from what was last coded there by at most this, in 8-bit steps.
_MOST = 6
_MEAN = 1.5


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle to code: its place, its planes (luma, two of chroma, perhaps alpha), and which of its blocks show.

    x and y are multiples of 16. `shown` None: all of it. blend: what is transparent leaves the picture as it was.
    """

    x: int
    y: int
    planes: tuple[Plane, ...]
    shown: Blocks | None = None
    blend: bool = False

    @property
    def width(self) -> int:
        return self.planes[0].shape[1]

    @property
    def height(self) -> int:
        return self.planes[0].shape[0]


class Screen:
    """The picture that a player has on screen: for each block, the source from which it was last coded."""

    def __init__(self) -> None:
        self._planes: tuple[Plane, ...] = ()

    def update(self, image: VideoFrame) -> Patch | None:
        """Show the image; what has to be coded for that, None if nothing."""
        planes = planes_of(image)
        if not self._planes:
            self._planes = tuple(plane.copy() for plane in planes)
            return Patch(x=0, y=0, planes=planes)
        changed = _changed(planes, self._planes)
        if not changed.any():
            return None
        return self._patch(planes, changed)

    def _patch(self, planes: tuple[Plane, ...], changed: Blocks) -> Patch:
        rows, columns = _span(changed, axis=1), _span(changed, axis=0)
        part = tuple(_cut(plane, rows, columns, scale=_scale(place)) for place, plane in enumerate(planes))
        screen = tuple(_cut(plane, rows, columns, scale=_scale(place)) for place, plane in enumerate(self._planes))
        shown = changed[rows, columns]
        for place, (new, old) in enumerate(zip(part, screen, strict=True)):
            np.copyto(old, new, where=spread(shown, new.shape, block=BLOCK // _scale(place)))
        x, y = columns.start * BLOCK, rows.start * BLOCK
        return Patch(x=x, y=y, planes=part, shown=None if shown.all() else shown, blend=True)


def planes_of(image: VideoFrame) -> tuple[Plane, ...]:
    """Views, not copies: they live as long as anyone looks."""
    return tuple(
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in image.planes
    )


def spread(blocks: NDArray[np.generic], shape: tuple[int, ...], *, block: int) -> NDArray[np.generic]:
    """One value per block → one value per pixel."""
    return blocks.repeat(block, axis=0).repeat(block, axis=1)[: shape[0], : shape[1]]


def in_blocks(plane: Plane, *, block: int) -> Plane:
    """rows of blocks x lines x columns of blocks x pixels; blocks that stick out repeat the plane's last pixels."""
    height, width = plane.shape
    rows, columns = math.ceil(height / block), math.ceil(width / block)
    if (rows * block, columns * block) != plane.shape:
        whole = np.empty((rows * block, columns * block), np.uint8)
        whole[:height, :width] = plane
        whole[height:, :width] = plane[-1]
        whole[:, width:] = whole[:, width - 1 : width]
        plane = whole
    return plane.reshape(rows, block, columns, block)


def block_sums(plane: Plane, *, block: int) -> NDArray[np.uint32]:
    rows = in_blocks(plane, block=block).sum(axis=1, dtype=np.uint16)
    sums: NDArray[np.uint32] = rows.sum(axis=2, dtype=np.uint32)
    return sums


def _block_peaks(plane: Plane, *, block: int) -> Plane:
    peaks: Plane = in_blocks(plane, block=block).max(axis=1).max(axis=2)
    return peaks


def _changed(planes: tuple[Plane, ...], before: tuple[Plane, ...]) -> Blocks:
    changed = np.zeros((1, 1), np.bool_)
    for place, (new, old) in enumerate(zip(planes, before, strict=True)):
        block = BLOCK // _scale(place)
        distance = np.maximum(new, old) - np.minimum(new, old)
        changed = changed | (_block_peaks(distance, block=block) > _MOST)
        changed = changed | (block_sums(distance, block=block) > _MEAN * block * block)
    return changed


def _scale(place: int) -> int:
    """Planes 1 and 2 (chroma) have half the pixels each way."""
    return 2 if place in (1, 2) else 1


def _span(changed: Blocks, *, axis: int) -> slice:
    places = np.flatnonzero(np.logical_or.reduce(changed, axis=axis))
    return slice(int(places[0]), int(places[-1]) + 1)


def _cut(plane: Plane, rows: slice, columns: slice, *, scale: int) -> Plane:
    block = BLOCK // scale
    return plane[rows.start * block : rows.stop * block, columns.start * block : columns.stop * block]
