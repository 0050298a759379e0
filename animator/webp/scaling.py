"""A scaler for WebPs, which keeps the colours of lettering and drawings whole."""

from ctypes import CDLL
from fractions import Fraction

from av import VideoFrame

from animator import kernel
from animator.kernel.webp import far_chroma, hard_edges, is_drawn
from animator.picture.chain import Chain
from animator.picture.colour import from_rgb
from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler

HALVED, WHOLE = "yuv420p", "yuv444p"
# So many in a thousand chroma samples at a hard edge are strong colours.
MANY = 6
# So many in a thousand chroma samples are colours that RGB clips (3 at most of films, 17 to 240 of coloured noise).
MANY_CLIPPED = 10
# A source whose chroma is no finer than so many times the picture's own, each way, knows nothing better.
FINER = 1.25
BEST_QUALITY = 100


class _ByRgb:
    """Like a Scaler; first to RGB."""

    def __init__(self, *, width: int, height: int, pixel_format: str, film: Geometry) -> None:
        self._rgb = Scaler(width=width, height=height, pixel_format="rgb24", film=film)
        self._pixel_format = pixel_format
        self._chain: Chain | None = None

    def scaled(self, frame: VideoFrame, *, aspect: Fraction | None) -> VideoFrame:
        image = self._rgb.scaled(frame, aspect=aspect)
        if self._chain is None:
            self._chain = Chain(image, from_rgb(self._pixel_format))
        return self._chain.run(image)


class ChromaScaler:
    """Like a Scaler to `HALVED` (picture/scaling.py); lettering and drawings in strong colours come as `WHOLE`.

    At `quality` 100 they are made of the RGB that is wanted, but for a picture whose colours RGB can't hold: there
    clipping before chroma is halved loses more. Scaled at once they are off by a rounding here and there, and soon
    done.
    """

    def __init__(self, *, width: int, height: int, film: Geometry, quality: float) -> None:
        kind = _ByRgb if quality >= BEST_QUALITY else Scaler
        self._halved = Scaler(width=width, height=height, pixel_format=HALVED, film=film)
        self._by_rgb = _ByRgb(width=width, height=height, pixel_format=HALVED, film=film) if kind is _ByRgb else None
        self._whole = kind(width=width, height=height, pixel_format=WHOLE, film=film)
        self._pixels = width * height

    def scaled(self, frame: VideoFrame, *, aspect: Fraction | None) -> VideoFrame:
        library = kernel.library()
        image = self._halved_of(frame, aspect=aspect, library=library)
        if library is None or not self._is_finer(frame):
            return image
        wants = is_drawn(image, library) and hard_edges(image, library) >= MANY
        return self._whole.scaled(frame, aspect=aspect) if wants else image

    def _halved_of(self, frame: VideoFrame, *, aspect: Fraction | None, library: CDLL | None) -> VideoFrame:
        if self._by_rgb is None:
            return self._halved.scaled(frame, aspect=aspect)
        wanted = self._by_rgb.scaled(frame, aspect=aspect)
        if library is None:
            return wanted
        image = self._halved.scaled(frame, aspect=aspect)
        return image if far_chroma(image, wanted, library) >= MANY_CLIPPED else wanted

    def _is_finer(self, frame: VideoFrame) -> bool:
        width, height = frame.width, frame.height
        if not frame.format.is_rgb and not frame.format.has_palette:
            width, height = frame.format.chroma_width(width), frame.format.chroma_height(height)
        return width * height > FINER**2 * self._pixels / 4
