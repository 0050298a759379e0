"""A scaler for WebPs, which keeps the colours of lettering and drawings whole."""

from fractions import Fraction

from av import VideoFrame

from animator import kernel
from animator.kernel.webp import hard_edges, is_drawn
from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler

HALVED, WHOLE = "yuv420p", "yuv444p"
# So many in a thousand chroma samples at a hard edge are strong colours.
MANY = 6
# A source whose chroma is no finer than so many times the picture's own, each way, knows nothing better.
FINER = 1.25


class ChromaScaler:
    """Like a Scaler to `HALVED` (picture/scaling.py); lettering and drawings in strong colours come as `WHOLE`."""

    def __init__(self, *, width: int, height: int, film: Geometry) -> None:
        self._halved = Scaler(width=width, height=height, pixel_format=HALVED, film=film)
        self._whole = Scaler(width=width, height=height, pixel_format=WHOLE, film=film)
        self._pixels = width * height

    def scaled(self, frame: VideoFrame, *, aspect: Fraction | None) -> VideoFrame:
        image = self._halved.scaled(frame, aspect=aspect)
        if (library := kernel.library()) is None or not self._is_finer(frame):
            return image
        wants = is_drawn(image, library) and hard_edges(image, library) >= MANY
        return self._whole.scaled(frame, aspect=aspect) if wants else image

    def _is_finer(self, frame: VideoFrame) -> bool:
        width, height = frame.width, frame.height
        if not frame.format.is_rgb and not frame.format.has_palette:
            width, height = frame.format.chroma_width(width), frame.format.chroma_height(height)
        return width * height > FINER**2 * self._pixels / 4
