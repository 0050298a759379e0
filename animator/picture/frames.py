"""What flows from the decoder to an encoder: pictures, each with the tick it first shows at."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import BinaryIO, NamedTuple, Protocol

from av import VideoFrame

from animator.core.order import BALANCED


class Shown(NamedTuple):
    """One picture, on screen from tick `first` until the next picture's `first` (or the end of the loop).

    `image` has the canvas's size and the encoder's pixel format. The decoder sends a picture once, however many ticks
    it stays; `first` strictly increases, beginning with 0.
    """

    first: int
    image: VideoFrame


class Canvas(NamedTuple):
    """What an encoder has to know of the whole picture before its first frame.

    Fields:
        width, height: pixels, at least 1
        ticks: how many times 1/fps the loop lasts
        fps: ticks a second, exact
        quality: 1–100
        alpha: whether images carry an alpha plane
        effort: 1–3 (core/order.py)
        threads: how many the encoder may keep busy
        loop_count: how often the picture plays; 0: for ever
    """

    width: int
    height: int
    ticks: int
    fps: Fraction
    quality: float
    alpha: bool = False
    effort: int = BALANCED
    threads: int = 1
    loop_count: int = 0


class Encoded(NamedTuple):
    """What an encoder wrote.

    `frames` counts those in the file, where equal neighbours are merged. `duration_ms` is in milliseconds. `notes` are
    facts a person should know.
    """

    frames: int
    duration_ms: int
    notes: tuple[str, ...] = ()


class Encoder(Protocol):
    """One for each file: gif/encoder.py and webp/encoder.py. It streams: it holds a few frames, never the whole clip.

    `target` is a seekable binary file, empty at the call and complete at the return. `on_tick(n)` is told how many
    ticks are done; an exception that it raises passes through.
    """

    def pixel_format(self, *, alpha: bool) -> str:
        """The FFmpeg pixel format that `encode` wants its images in."""

    def encode(
        self, shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]
    ) -> Encoded: ...
