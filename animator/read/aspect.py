"""How wide a picture's pixels are: what the container says, or, where a broadcast changes it, the picture itself."""

from fractions import Fraction

from av import VideoFrame
from av.filter import Graph

from animator.picture.chain import buffer_options, shape_of, tamed
from animator.read.source import Source

# Containers that say once and for all how wide pixels are.
SAYING = ("mov", "matroska", "avi", "asf", "mxf")
# FFmpeg passes a frame's aspect on to its filters, but PyAV doesn't tell it: a strip is scaled to a width that does.
UNIT = 2048
MOST = 4
SQUARE = Fraction(1)


class Aspects:
    """The decoder runs ahead of the pictures that it gives; once it has seen another aspect, each picture is asked."""

    def __init__(self, source: Source) -> None:
        self._stream = source.stream
        self._said = source.stream.sample_aspect_ratio
        self._told_once = bool(self._said) and source.container.format.name.startswith(SAYING)
        self._seen = {source.stream.codec_context.sample_aspect_ratio or SQUARE}
        self._shape: tuple[object, ...] = ()
        self._graph: Graph | None = None

    def of(self, frame: VideoFrame) -> Fraction | None:
        if self._told_once:
            return self._said
        self._seen.add(self._stream.codec_context.sample_aspect_ratio or SQUARE)
        return self._measured(frame) if len(self._seen) > 1 else self._said

    def _measured(self, frame: VideoFrame) -> Fraction:
        if self._graph is None or shape_of(frame) != self._shape:
            self._graph, self._shape = _measure(frame), shape_of(frame)
        self._graph.push(frame)
        strip = self._graph.pull()
        assert isinstance(strip, VideoFrame)
        return min(self._seen, key=lambda aspect: abs(aspect - Fraction(strip.width, UNIT)))


def _measure(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    width = f"w='clip(round(sar*{UNIT}),1,{MOST * UNIT})':h=1:flags=neighbor:eval=frame"
    graph.link_nodes(
        graph.add("buffer", buffer_options(frame)),
        *(graph.add(*filter) for filter in tamed(frame)),
        graph.add("crop", "2:2:0:0"),
        graph.add("scale", width),
        graph.add("buffersink"),
    ).configure()
    return graph
