"""From a decoded picture to the encoder's: one FFmpeg filter chain, rebuilt when the source changes midway."""

from av import VideoFrame

from animator.picture.chain import Chain
from animator.picture.colour import converted, deep_rgb, from_deep_rgb
from animator.picture.orientation import Orientation
from animator.picture.tone import Tone

# Deep enough that no steps show. Not a planar format: with those, haldclut swaps red and blue (FFmpeg 8.1).
TONE_FORMAT = "rgb48le"


class Scaler:
    """Scales, turns and converts pictures to `width` x `height` in `pixel_format`."""

    def __init__(self, *, width: int, height: int, pixel_format: str, orientation: Orientation) -> None:
        self._size = orientation.turned(width, height)
        self._pixel_format = pixel_format
        self._orientation = orientation
        self._shape: tuple[object, ...] = ()
        self._chain: Chain | None = None

    def scaled(self, frame: VideoFrame) -> VideoFrame:
        shape = _shape(frame)
        if self._chain is None or shape != self._shape:
            self._chain = self._chain_for(frame)
            self._shape = shape
        return self._chain.run(frame)

    def _chain_for(self, frame: VideoFrame) -> Chain:
        width, height = self._size
        turned = self._orientation.filters()
        tone = Tone.of(frame)
        if tone is None:
            same = converted(frame, width=width, height=height, pixel_format=self._pixel_format)
            return Chain(frame, [*same, *turned])
        # numpy takes a tenth of a second to import, and few clips need a table.
        from animator.picture.tone_table import tone_table

        deep = deep_rgb(frame, width=width, height=height, pixel_format=TONE_FORMAT)
        return Chain(frame, deep, table=tone_table(tone), after=[*from_deep_rgb(self._pixel_format), *turned])


def _shape(frame: VideoFrame) -> tuple[object, ...]:
    """All that a chain is built for."""
    colour = (frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries)
    return (frame.width, frame.height, frame.format.name, *map(int, colour))
