"""The size of a picture that is asked for by width and height, either of which may be left to the source."""

import math
from fractions import Fraction


def output_size(
    source: tuple[int, int], *, width: int, height: int, adaptive: bool, shape: Fraction | None = None
) -> tuple[int, int]:
    """Width and height of the output for an upright source with square pixels (docs/protocol 2.1, size rule).

    Both 0: as the source. One 0: that side follows in proportion, rounded to the nearest even number. Both given:
    exactly these. Adaptive: `width` is the long edge and `height` the short one, whichever way the source lies.
    `shape`: how many times as wide as high the source is, where its size is rounded to whole pixels.
    """
    source_width, source_height = source
    shape = shape or Fraction(source_width, source_height)
    if adaptive and source_height > source_width:
        width, height = height, width
    if width == height == 0:
        return source
    if width == 0:
        width = _nearest_even(height * shape)
    if height == 0:
        height = _nearest_even(width / shape)
    return width, height


def _nearest_even(length: Fraction) -> int:
    """The nearest even number, at least 2. An odd whole number, which is as near to two of them, is rounded up."""
    return max(2, 2 * math.floor(length / 2 + Fraction(1, 2)))
