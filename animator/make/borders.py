"""Bars around a film: what keeps one colour at the edges of every picture that is looked at."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from animator.core.framing import View
from animator.core.timeline import Segment
from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler
from animator.read.decode import Picked
from animator.read.moments import pictures_at
from animator.read.source import Source

PLACES = 8
# A line is dark if nearly all of it is no lighter than this of 255: black bars are black, but for the codec's noise.
DARK, NEARLY_ALL = 16, 99
# Bars of another colour keep so near to it, are at both sides, and end at once along so much of the side, within a few
# lines: one plain edge may be a sky, and a plain background ends where the things before it begin.
NEAR, AT_ONCE, WITHIN = 10, 0.5, 3
# Colours have half the resolution of light: those of a bar that isn't grey reach so many lines into the picture.
BLEEDS = 2
# What would leave less of a side than this is no bar but a dark film, or a plain one.
LEAST = Fraction(1, 4)
ALL = (Fraction(0), Fraction(1))

Samples = npt.NDArray[np.uint8]
Lines = npt.NDArray[np.bool_]
"""Of each line of a side whether it is a bar's."""


class _Seen(NamedTuple):
    """Of each place the lightest that was seen there, and the least and the most of red, green and blue."""

    lightest: Samples
    least: Samples
    most: Samples

    @property
    def turned(self) -> "_Seen":
        return _Seen(*(samples.swapaxes(0, 1) for samples in (self.lightest, self.least, self.most)))

    @property
    def dark(self) -> Lines:
        return np.asarray(np.percentile(self.lightest, NEARLY_ALL, axis=1) <= DARK)

    @property
    def plain(self) -> Lines:
        """In the first line's colour, all the time; none where that is a background's."""
        colour = np.median(self.least[0], axis=0).astype(np.uint8)
        off = [np.maximum(one, colour) - np.minimum(one, colour) for one in (self.least, self.most)]
        other = (np.maximum(*off).max(axis=2) > NEAR).mean(axis=1)
        lines = np.asarray(other <= 1 - NEARLY_ALL / 100)
        inner = np.flatnonzero(~lines)
        edges = (other[at : at + WITHIN].max() for at in (inner[0], inner[-1] - WITHIN + 1)) if len(inner) else ()
        if not (lines[0] and lines[-1] and all(edge >= AT_ONCE for edge in edges)):
            return np.zeros_like(lines)
        if int(colour.max()) - int(colour.min()) > NEAR:
            lines[inner[0] : inner[0] + BLEEDS] = lines[inner[-1] + 1 - BLEEDS : inner[-1] + 1] = True
        return lines


def without_borders(source: Source, segment: Segment, film: Geometry, *, on_work: Callable[[], None]) -> View:
    """The part within the bars, from even pixel to even pixel, so that no line stays that is half a bar's."""
    moments = [segment.start + segment.duration * place / PLACES for place in range(PLACES)]
    seen = _seen(pictures_at(source, moments, on_work=on_work), film)
    left, right = _within(seen.turned)
    top, bottom = _within(seen)
    return View(left, top, right - left, bottom - top)


def _seen(pictures: Iterable[Picked], film: Geometry) -> _Seen:
    scalers = {
        kind: Scaler(width=film.width, height=film.height, pixel_format=kind, film=film) for kind in ("gray", "rgb24")
    }
    seen: _Seen | None = None
    for picture in pictures:
        grey, colours = (_samples(scaler, picture) for scaler in scalers.values())
        if seen is None:
            seen = _Seen(grey[..., 0].copy(), colours.copy(), colours.copy())
        np.maximum(seen.lightest, grey[..., 0], out=seen.lightest)
        np.minimum(seen.least, colours, out=seen.least)
        np.maximum(seen.most, colours, out=seen.most)
    assert seen is not None
    return seen


def _samples(scaler: Scaler, picture: Picked) -> Samples:
    """Rows x pixels x samples; a view of a picture that is gone with the next one."""
    image = scaler.scaled(picture.frame, aspect=picture.aspect)
    plane, each = image.planes[0], len(image.format.components)
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(image.height, plane.line_size)
    return rows[:, : image.width * each].reshape(image.height, image.width, each)


def _within(seen: _Seen) -> tuple[Fraction, Fraction]:
    """From which share of the side to which something is seen: within black bars, or else within those of a colour."""
    dark = _rest(seen.dark)
    return dark if dark != ALL else _rest(seen.plain)


def _rest(bars: Lines) -> tuple[Fraction, Fraction]:
    side, lit = len(bars), np.flatnonzero(~bars)
    if not len(lit) or len(lit) < LEAST * side:
        return ALL
    first, end = int(lit[0]), int(lit[-1]) + 1
    first, end = first + first % 2, end if end == side else end - end % 2
    return Fraction(first, side), Fraction(end, side)
