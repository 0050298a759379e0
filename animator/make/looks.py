"""What one small grey picture of a video tells of it: light, plainness, sharpness; and what two tell of each other."""

from typing import Any, NamedTuple

import numpy as np
from av import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

# Long edge in pixels: of what is looked at, and how many pixels a side are one when pictures are compared.
EDGE, BLOCK = 320, 4
# Grey levels, of 256, that count as one: what lies so near to the commonest is plain.
NEAR = 8
# Levels of a black picture: its mean, and how much it differs within.
DARK, FLAT = 22.0, 14.0

Grey = NDArray[Any]


class Look(NamedTuple):
    """Fields:
    moment: seconds of the video
    mean, deviation: of the grey levels
    plain: share of the pixels that have nearly the commonest level
    detail: mean size of the second differences, as people see sharpness
    levels: how many pixels have which of 32 levels, as shares
    blocks: the picture in coarse pixels
    grey: the picture itself
    """

    moment: float
    mean: float
    deviation: float
    plain: float
    detail: float
    levels: Grey
    blocks: Grey
    grey: Grey

    @property
    def is_black(self) -> bool:
        return self.mean < DARK and self.deviation < FLAT

    @property
    def exposure(self) -> float:
        """1 for a mean that is neither dark nor glaring, and with contrast; falls to 0."""
        light = min(1.0, max(0.0, (self.mean - 16) / 50), max(0.0, (246 - self.mean) / 50))
        return light * min(1.0, self.deviation / 28)


def look_at(frame: VideoFrame, moment: float) -> Look:
    grey = _grey(frame)
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    near = np.convolve(shares, np.ones(2 * NEAR + 1), mode="same")
    whole = grey.astype(np.float32)
    across = np.abs(whole[:, 2:] - 2 * whole[:, 1:-1] + whole[:, :-2]).mean()
    down = np.abs(whole[2:] - 2 * whole[1:-1] + whole[:-2]).mean()
    height, width = (side // BLOCK * BLOCK for side in grey.shape)
    blocks = whole[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    return Look(
        moment=moment,
        mean=float(whole.mean()),
        deviation=float(whole.std()),
        plain=float(near.max()),
        detail=float(across + down),
        levels=shares.reshape(32, 8).sum(axis=1),
        blocks=blocks,
        grey=grey,
    )


def difference(one: Look, other: Look) -> float:
    """Grey levels by which their coarse pixels differ, on the mean; pictures of unlike sizes have nothing in common."""
    if one.blocks.shape != other.blocks.shape:
        return 255.0
    return float(np.abs(one.blocks - other.blocks).mean())


def shift(one: Look, other: Look) -> float:
    """Share of the pixels that would have to change their level: high between two scenes, low while things move."""
    return float(np.abs(one.levels - other.levels).sum() / 2)


def _grey(frame: VideoFrame) -> Grey:
    scale = EDGE / max(frame.width, frame.height)
    width, height = (max(2 * BLOCK, round(side * scale)) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="gray", interpolation=Interpolation.FAST_BILINEAR)
    return small.to_ndarray()
