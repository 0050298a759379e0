"""The size at which a source is to be seen: with square pixels, turned upright; and where a differing piece goes."""

from fractions import Fraction
from typing import NamedTuple

from av import VideoFrame

from animator.core.framing import TRANSPARENT, WHOLE, View
from animator.picture.orientation import Orientation

# A piece whose shape differs by less than this fills the picture: nobody sees it, and everybody sees a bar of a pixel.
ALIKE = Fraction(1, 50)
_HALF = Fraction(1, 2)
# ITU-R BT.601.
TELEVISION_LINES, TELEVISION_WIDTH = (480, 486, 576), 720


class Window(NamedTuple):
    """The part of a coded picture that is to be shown, in pixels as stored."""

    left: int
    top: int
    width: int
    height: int

    def fits(self, width: int, height: int) -> bool:
        """Whether it lies in a picture of this size and leaves something of it out."""
        inside = self.left + self.width <= width and self.top + self.height <= height
        return inside and min(self.left, self.top) >= 0 < min(self.width, self.height) and self._cuts(width, height)

    def _cuts(self, width: int, height: int) -> bool:
        return (self.width, self.height) != (width, height)


class Geometry(NamedTuple):
    """How a picture is to be seen.

    Fields:
        width, height: in square pixels, after turning, of the view
        stored: width and height as they are coded, within the window
        window: what of the stored picture is shown; None is all
        view: the part of that, as it is seen, that was asked for
        background: of bars beside another shape: #RRGGBB, "transparent", or "" as is usual (core/framing.py)
    """

    width: int
    height: int
    orientation: Orientation
    alpha: bool
    stored: tuple[int, int]
    aspect: Fraction | None = None
    window: Window | None = None
    view: View = WHOLE
    background: str = ""

    @classmethod
    def of(
        cls,
        frame: VideoFrame,
        *,
        aspect: Fraction | None,
        orientation: Orientation,
        window: Window | None = None,
        view: View = WHOLE,
    ) -> "Geometry":
        """For a picture with pixels `aspect` times as wide as high."""
        seen = window if window is not None and window.fits(frame.width, frame.height) else None
        shape = (seen.width, seen.height) if seen else (frame.width, frame.height)
        upright = orientation.turned(*squared(*shape, aspect=aspect))
        return cls(*upright, orientation, has_alpha(frame), shape, aspect, seen).viewed(view)

    @property
    def shape(self) -> Fraction:
        """How many times as wide as high it is seen; `width` and `height` are rounded to whole pixels."""
        if not self.aspect or self.view != WHOLE or 0 in self.stored:
            return Fraction(self.width, self.height)
        across, down = self.orientation.turned(self.stored[0] * self.aspect, Fraction(self.stored[1]))
        return across / down

    def viewed(self, part: View) -> "Geometry":
        """Of a part of what is seen."""
        width, height = (max(1, round(side)) for side in (part.width * self.width, part.height * self.height))
        return self._replace(width=width, height=height, view=self.view.part(part))

    def on(self, width: int, height: int, *, background: str) -> "Geometry":
        """A film of this size, on which pictures of this geometry lie with bars beside them."""
        alpha = self.alpha or background == TRANSPARENT
        return self._replace(width=width, height=height, stored=(0, 0), alpha=alpha, background=background)

    @property
    def cut(self) -> Window | None:
        """What of the picture as it is coded is shown: of the window the view, to the next pixel. None is all."""
        if self.view == WHOLE:
            return self.window
        x, y, width, height = self._stored_view
        left, right = _pixels(x, width, self.stored[0])
        top, bottom = _pixels(y, height, self.stored[1])
        base = self.window or Window(0, 0, *self.stored)
        return Window(base.left + left, base.top + top, right - left, bottom - top)

    @property
    def coded(self) -> tuple[int, int]:
        """Width and height of the cut."""
        cut = self.cut
        return (cut.width, cut.height) if cut else self.stored

    @property
    def _stored_view(self) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """The view's left, top, width and height among the stored pixels."""
        view, (a, b, c, d) = self.view, self.orientation.signs
        x, y = view.left + view.width / 2 - _HALF, view.top + view.height / 2 - _HALF
        centre = a * x + b * y + _HALF, c * x + d * y + _HALF
        size = self.orientation.turned(view.width, view.height)
        spans = [share * side for share, side in zip((*centre, *size), self.stored * 2, strict=True)]
        return spans[0] - spans[2] / 2, spans[1] - spans[3] / 2, spans[2], spans[3]

    def is_like(self, other: "Geometry") -> bool:
        """Whether a picture of the other shape fills this one's place without looking squashed."""
        if abs(Fraction(self.width * other.height, self.height * other.width) - 1) < ALIKE:
            return True
        return self.aspect == other.aspect and _is_sampled_otherwise(self.stored, other.stored)


class Place(NamedTuple):
    """Where on a canvas a picture goes: even numbers from its left and top edge, and how large."""

    left: int
    top: int
    width: int
    height: int


def placed(piece: Geometry, film: Geometry, *, width: int, height: int) -> Place:
    """Where a picture goes on a canvas that is made for `film`: as large as fits, with its shape kept."""
    if piece.is_like(film):
        return Place(0, 0, width, height)
    scale = min(Fraction(film.width, piece.width), Fraction(film.height, piece.height))
    fitted_width = max(1, min(width, round(piece.width * scale * width / film.width)))
    fitted_height = max(1, min(height, round(piece.height * scale * height / film.height)))
    return Place((width - fitted_width) // 4 * 2, (height - fitted_height) // 4 * 2, fitted_width, fitted_height)


def _is_sampled_otherwise(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Television's lines are as wide as the screen, whether a channel spends 720 numbers on each or 544 or 352."""
    return one[1] == other[1] and one[1] in TELEVISION_LINES and max(one[0], other[0]) <= TELEVISION_WIDTH


def _pixels(begin: Fraction, length: Fraction, side: int) -> tuple[int, int]:
    """From which pixel to which one of so many, at least one."""
    end = max(1, min(side, round(begin + length)))
    return max(0, min(round(begin), end - 1)), end


def squared(width: int, height: int, *, aspect: Fraction | None) -> tuple[int, int]:
    """The size with square pixels: the shorter way of the pixel is stretched, as browsers do, so no detail is lost."""
    if not aspect or aspect <= 0:
        return width, height
    if aspect > 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def has_alpha(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)
