"""From a decoded picture to the encoder's: one FFmpeg filter chain, rebuilt when the source changes midway."""

from fractions import Fraction

from av import VideoFrame

from animator.picture.chain import Chain, Filters, shape_of
from animator.picture.colour import converted, deep_rgb, faded, from_deep_rgb
from animator.picture.geometry import Geometry, Place, placed
from animator.picture.tone import Tone

# Deep enough that no steps show. Not a planar format: with those, haldclut swaps red and blue (FFmpeg 8.1).
TONE_FORMAT = "rgb48le"


class Scaler:
    """Scales, turns and converts pictures to `width` x `height` in `pixel_format`.

    `film` is what the size was chosen for; a picture of another shape is fitted into it, with bars.
    """

    def __init__(self, *, width: int, height: int, pixel_format: str, film: Geometry) -> None:
        self._size = (width, height)
        self._pixel_format = pixel_format
        self._film = film
        self._shape: tuple[object, ...] = ()
        self._chain: Chain | None = None

    def scaled(self, frame: VideoFrame, *, aspect: Fraction | None) -> VideoFrame:
        """`aspect`: how many times as wide as high the frame's pixels are; None stands for square ones."""
        shape = (*shape_of(frame), aspect)
        if self._chain is None or shape != self._shape:
            self._chain = self._chain_for(frame, aspect)
            self._shape = shape
        return self._chain.run(frame)

    def _chain_for(self, frame: VideoFrame, aspect: Fraction | None) -> Chain:
        film = self._film
        piece = Geometry.of(frame, aspect=aspect, orientation=film.orientation, window=film.window, view=film.view)
        place = placed(piece, film, width=self._size[0], height=self._size[1])
        width, height = film.orientation.turned(place.width, place.height)
        last = [*film.orientation.filters(), *self._bars(place)]
        tone = Tone.of(frame)
        if tone is None and piece.alpha and (width, height) != piece.coded:
            return Chain(
                frame, [*_cut(piece), *faded(frame, width=width, height=height, pixel_format=self._pixel_format), *last]
            )
        if tone is None:
            same = converted(frame, width=width, height=height, pixel_format=self._pixel_format)
            return Chain(frame, [*_cut(piece), *same, *last])
        # numpy takes a tenth of a second to import, and few clips need a table.
        from animator.picture.tone_table import tone_table

        deep = deep_rgb(frame, width=width, height=height, pixel_format=TONE_FORMAT)
        after = [*from_deep_rgb(self._pixel_format), *last]
        return Chain(frame, [*_cut(piece), *deep], table=tone_table(tone), after=after)

    def _bars(self, place: Place) -> Filters:
        width, height = self._size
        if (place.width, place.height) == self._size:
            return []
        # The filter would round an odd size down where colour has half the resolution.
        even = f"{width + width % 2}:{height + height % 2}"
        bars = [("pad", f"{even}:{place.left}:{place.top}:color={self._bar_colour}")]
        return bars if width % 2 == height % 2 == 0 else [*bars, ("crop", f"{width}:{height}:0:0:exact=1")]

    @property
    def _bar_colour(self) -> str:
        colour = self._film.background
        if colour.startswith("#"):
            return f"0x{colour[1:]}"
        return "black@0" if self._film.alpha else "black"


def _cut(piece: Geometry) -> Filters:
    window = piece.cut
    if window is None:
        return []
    return [("crop", f"{window.width}:{window.height}:{window.left}:{window.top}:exact=1")]
