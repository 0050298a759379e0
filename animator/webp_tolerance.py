"""When a block of a WebP animation may stay as it is although the source has changed a little."""

from dataclasses import dataclass

import numpy as np

from animator.webp_blocks import (
    ALPHA,
    BLUE,
    LUMA,
    RED,
    Blocks,
    Plane,
    Planes,
    block_mean_squares,
    block_means,
    block_peaks,
    block_size,
)

# All of these hold at quality 75, in 8-bit steps (squared, for mean squares); they scale with the coder's own error.
_LUMA_MEAN_SQUARE = 8.0
_CHROMA_MEAN_SQUARE = 3.0
# A flat block shows what a busy one hides: the mean square may be this part of the block's variance, plus a floor.
_CONTRAST = 0.06
_FLAT_VARIANCE = 60.0
_LUMA_PEAK = 16.0
_CHROMA_PEAK = 10.0
# Noise is forgiven sooner than a fade, which would show as blocks that step one after the other.
_DRIFT = 1.0
_ALPHA_PEAK = 2
# Where the coder is crude anyway, ghosts would still be seen.
_MOST_CRUDE = 1.7


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a block may be from the source: `crudeness` is the coder's step relative to that at quality 75."""

    crudeness: float

    @classmethod
    def at(cls, quality: float) -> "Tolerance":
        return cls(min(_MOST_CRUDE, _coder_step(quality) / _coder_step(75)))

    def changed(self, new: Planes, old: Planes) -> Blocks:
        """Which blocks of `new` differ too much from `old`, the source from which they were last coded."""
        changed = self._luma_changed(new[LUMA], old[LUMA])
        for place in (BLUE, RED):
            changed |= self._chroma_changed(new[place], old[place])
        if len(new) > ALPHA:
            size = block_size(ALPHA)
            changed &= block_peaks(np.maximum(new[ALPHA], old[ALPHA]), block=size) > 0
            changed |= block_peaks(_distance(new[ALPHA], old[ALPHA]), block=size) > _ALPHA_PEAK
        return changed

    def _luma_changed(self, new: Plane, old: Plane) -> Blocks:
        size, distance = block_size(LUMA), _distance(new, old)
        mean = block_means(new, block=size)
        variance = block_mean_squares(new, block=size) - mean * mean
        allowed = np.minimum(_LUMA_MEAN_SQUARE, _CONTRAST * (variance + _FLAT_VARIANCE)) * self.crudeness**2
        changed: Blocks = block_mean_squares(distance, block=size) > allowed
        changed |= block_peaks(distance, block=size) > _LUMA_PEAK * self.crudeness
        changed |= np.abs(mean - block_means(old, block=size)) > _DRIFT * self.crudeness
        return changed

    def _chroma_changed(self, new: Plane, old: Plane) -> Blocks:
        size, distance = block_size(BLUE), _distance(new, old)
        changed: Blocks = block_mean_squares(distance, block=size) > _CHROMA_MEAN_SQUARE * self.crudeness**2
        changed |= block_peaks(distance, block=size) > _CHROMA_PEAK * self.crudeness
        drift = np.abs(block_means(new, block=size) - block_means(old, block=size))
        changed |= drift > _DRIFT * self.crudeness
        return changed


def _distance(new: Plane, old: Plane) -> Plane:
    distance: Plane = np.maximum(new, old) - np.minimum(new, old)
    return distance


def _coder_step(quality: float) -> float:
    """VP8's step between two levels at a libwebp quality: its index falls with a cube root, the step is index + 4."""
    fraction = quality / 100
    linear = fraction * 2 / 3 if fraction < 0.75 else 2 * fraction - 1
    return float(127 * (1 - linear ** (1 / 3))) + 4
