"""FFmpeg filters in a row, fed one picture at a time."""

from collections.abc import Sequence

import av.error
from av import VideoFrame
from av.filter import Graph
from av.filter.context import FilterContext

Filters = Sequence[tuple[str, str]]
TIME_BASE = "1/1000"


class Chain:
    """`filters`, then `table` (a Hald CLUT) looked up for every pixel, then `after`: for pictures like `frame`."""

    def __init__(
        self, frame: VideoFrame, filters: Filters, *, table: VideoFrame | None = None, after: Filters = ()
    ) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        self._source = self._buffer(frame)
        self._sink = self._graph.add("buffersink")
        self._pushed = 0
        last = self._row(self._source, filters)
        if table is not None:
            last = self._looked_up(last, table)
        self._row(last, after).link_to(self._sink)
        self._graph.configure()
        if table is not None:
            self._table_source.push(table)
            self._table_source.push(None)

    def run(self, frame: VideoFrame) -> VideoFrame:
        """The picture that `frame` becomes; for filters that give one for each they get."""
        (image,) = self.push(frame)
        return image

    def push(self, frame: VideoFrame | None) -> list[VideoFrame]:
        """What comes out, in order, when `frame` goes in; None ends the row and gets what was held back.

        The pictures' time stamps are the chain's own: they only count.
        """
        if frame is not None:
            frame.pts = self._pushed
            self._pushed += 1
        self._source.push(frame)
        images: list[VideoFrame] = []
        while True:
            try:
                image = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return images
            assert isinstance(image, VideoFrame)
            images.append(image)

    def _row(self, first: FilterContext, filters: Filters) -> FilterContext:
        last = first
        for name, options in filters:
            node = self._graph.add(name, options or None)
            last.link_to(node)
            last = node
        return last

    def _looked_up(self, last: FilterContext, table: VideoFrame) -> FilterContext:
        """The table comes by a second input, in the format of the first."""
        table.pts = 0
        self._table_source = self._buffer(table)
        lookup = self._graph.add("haldclut", "clut=first:interp=tetrahedral")
        last.link_to(lookup, 0, 0)
        self._table_source.link_to(lookup, 0, 1)
        return lookup

    def _buffer(self, frame: VideoFrame) -> FilterContext:
        return self._graph.add("buffer", buffer_options(frame))


def buffer_options(frame: VideoFrame) -> str:
    """What FFmpeg's buffer filter has to know of pictures like `frame`."""
    size = f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
    colour = f"colorspace={int(frame.colorspace)}:range={int(frame.color_range)}"
    return f"{size}:{colour}:time_base={TIME_BASE}:pixel_aspect=1/1"
