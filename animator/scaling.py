"""From a decoded picture to the encoder's: one FFmpeg filter chain, rebuilt when the source changes midway."""

from collections.abc import Sequence

from av import VideoFrame
from av.filter import Graph
from av.filter.context import FilterContext

from animator.colour import scale_options
from animator.orientation import Orientation

FLAGS = "lanczos+accurate_rnd+full_chroma_int"


class Scaler:
    """Scales, turns and converts pictures to `width` x `height` in `pixel_format`."""

    def __init__(self, *, width: int, height: int, pixel_format: str, orientation: Orientation) -> None:
        self._size = (width, height)
        self._pixel_format = pixel_format
        self._orientation = orientation
        self._shape: tuple[object, ...] = ()
        self._chain: Chain | None = None

    def scaled(self, frame: VideoFrame) -> VideoFrame:
        shape = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range, frame.color_trc)
        if self._chain is None or shape != self._shape:
            self._chain = Chain(frame, self._filters(frame))
            self._shape = shape
        return self._chain.run(frame)

    def _filters(self, frame: VideoFrame) -> list[tuple[str, str]]:
        width, height = self._orientation.turned(*self._size)
        scale = f"{width}:{height}:flags={FLAGS}:{scale_options(frame, self._pixel_format)}"
        return [("scale", scale), ("format", self._pixel_format), *self._orientation.filters()]


class Chain:
    """Filters in a row, fed one picture at a time."""

    def __init__(self, frame: VideoFrame, filters: Sequence[tuple[str, str]]) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        self._source = self._graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1000:pixel_aspect=1/1",
        )
        nodes = [self._source, *(self._graph.add(name, args) for name, args in filters)]
        self._sink: FilterContext = self._graph.add("buffersink")
        self._graph.link_nodes(*nodes, self._sink).configure()

    def run(self, frame: VideoFrame) -> VideoFrame:
        self._source.push(frame)
        image = self._sink.pull()
        assert isinstance(image, VideoFrame)
        return image
