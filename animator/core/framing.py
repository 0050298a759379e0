"""What of a video's picture is shown, and how it comes to the size that was asked for: all in exact shares."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from animator.core.errors import InvalidSpec

SCALE, COVER, CONTAIN, SMART = FITS = ("scale", "cover", "contain", "smart")
CENTRE = "centre"
# Where a part lies in the whole: shares of what is left over to its left and above it.
_HALF = Fraction(1, 2)
ANCHORS: dict[str, tuple[Fraction, Fraction]] = {
    CENTRE: (_HALF, _HALF),
    "top": (_HALF, Fraction(0)),
    "bottom": (_HALF, Fraction(1)),
    "left": (Fraction(0), _HALF),
    "right": (Fraction(1), _HALF),
    "top-left": (Fraction(0), Fraction(0)),
    "top-right": (Fraction(1), Fraction(0)),
    "bottom-left": (Fraction(0), Fraction(1)),
    "bottom-right": (Fraction(1), Fraction(1)),
}
TRANSPARENT = "transparent"
_RECTANGLE, _ASPECT = re.compile(r"\d{1,5}(,\d{1,5}){3}"), re.compile(r"\d{1,4}:\d{1,4}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class View(NamedTuple):
    """A part of an upright picture, in shares of its width and height."""

    left: Fraction
    top: Fraction
    width: Fraction
    height: Fraction

    def part(self, inner: "View") -> "View":
        """The part `inner` of this part."""
        return View(
            self.left + inner.left * self.width,
            self.top + inner.top * self.height,
            inner.width * self.width,
            inner.height * self.height,
        )


WHOLE = View(Fraction(0), Fraction(0), Fraction(1), Fraction(1))


class Framing(NamedTuple):
    """Fields as AnimationSpec has them, where "" stands for what is usual."""

    crop: str
    anchor: str
    fit: str
    background: str
    trim_borders: bool

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Each field that makes no sense, and why."""
        if self.crop != "" and not (isinstance(self.crop, str) and _is_crop(self.crop)):
            yield "crop", f"The crop is x,y,width,height in pixels, or an aspect such as 16:9, not {self.crop!r}."
        if self.anchor not in ANCHORS:
            yield "anchor", f"The anchor is one of {', '.join(ANCHORS)}, not {self.anchor!r}."
        if self.fit not in FITS:
            yield "fit", f"The fit is one of {', '.join(FITS)}, not {self.fit!r}."
        colour = self.background
        if colour not in ("", TRANSPARENT) and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
            yield "background", f"The background is a colour such as #ffffff, or {TRANSPARENT}, not {colour!r}."
        if not isinstance(self.trim_borders, bool):
            yield "trim_borders", f"Trim borders must be true or false, not {self.trim_borders!r}."

    def cropped(self, width: int, height: int) -> View:
        """What `crop` leaves of an upright picture of so many square pixels. Raises InvalidSpec: it reaches past it."""
        if not self.crop:
            return WHOLE
        if ":" in self.crop:
            wide, high = map(int, self.crop.split(":"))
            return self.shaped(width, height, aspect=Fraction(wide, high))
        left, top, wide, high = map(int, self.crop.split(","))
        if left + wide > width or top + high > height:
            raise InvalidSpec(f"The crop {self.crop} reaches past the picture, which measures {width}x{height} pixels.")
        return View(Fraction(left, width), Fraction(top, height), Fraction(wide, width), Fraction(high, height))

    def shaped(self, width: int, height: int, *, aspect: Fraction) -> View:
        """The largest part of this aspect, where the anchor puts it."""
        wide, high = min(Fraction(1), height * aspect / width), min(Fraction(1), width / aspect / height)
        across, down = ANCHORS[self.anchor]
        return View((1 - wide) * across, (1 - high) * down, wide, high)


def _is_crop(crop: str) -> bool:
    if _RECTANGLE.fullmatch(crop):
        return all(int(side) for side in crop.split(",")[2:])
    return bool(_ASPECT.fullmatch(crop)) and all(map(int, crop.split(":")))
