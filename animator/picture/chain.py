"""FFmpeg filters in a row, fed one picture at a time."""

import re
import threading
from collections.abc import Sequence

import av.error
from av import VideoFrame
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.format import VideoFormat

Filters = Sequence[tuple[str, str]]
# ITU-T H.273 matrix coefficients (of RGB, unspecified, and those that the scaler has) and transfer characteristics that
# FFmpeg's filters take. With any other tag they refuse the whole picture.
KNOWN_MATRICES = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
UNKNOWN_TRANSFERS = frozenset({0, 3, 9, 10, *range(19, 256)})
HIGH_DEFINITION = 720
DEEP = 8  # bits
TIME_BASE = "1/1000"
# Of the formats with alpha, those that FFmpeg's filters of alpha take, in this machine's order of bytes.
TAKEN_WITH_ALPHA = re.compile("yuva4..p(9le|10le|12le|16le)?|rgba|argb|abgr|bgra|gbrap(1.le|f32le)?|(rgba|bgra)64le")
# Stand among filters for Chain's own `_spread`, `_apart` (with the options of the alpha's scaling) and `_together`.
SPREAD, APART, TOGETHER = "spread", "alpha apart", "alpha together"
# How far colours spread, in pixels: VP8 and its neighbours' blocks; and how thin: less than half a step of 8-bit alpha.
REACH, THIN = 10, 1 / 600

# A picture may be in several threads' hands, and has one time stamp: whoever pushes it lends it his own.
_stamping = threading.Lock()


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
        last = self._row(self._source, [*tamed(frame), *filters])
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
        if frame is None:
            self._source.push(None)
        else:
            with _stamping:
                frame.pts = self._pushed
                self._source.push(frame)
            self._pushed += 1
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
            if name == SPREAD:
                last = self._spread(last)
                continue
            if name == APART:
                last, alpha = self._apart(last, options)
                continue
            if name == TOGETHER:
                last = self._together(last, alpha)
                continue
            node = self._graph.add(name, options or None)
            last.link_to(node)
            last = node
        return last

    def _spread(self, last: FilterContext) -> FilterContext:
        """Lends what can't be seen beside an edge the colour of what can, in a picture premultiplied by its alpha.

        A thin haze of the neighbourhood is laid over all. Where alpha is nothing, that haze alone tells the colour;
        lossy coding then has nothing to smear into the edge.
        """
        split, blur = self._graph.add("split"), self._graph.add("avgblur", f"sizeX={REACH}")
        blend = self._graph.add("blend", f"all_mode=addition:all_opacity={THIN:.6f}")
        last.link_to(split)
        split.link_to(blur, 1, 0)
        split.link_to(blend, 0, 0)
        blur.link_to(blend, 0, 1)
        return blend

    def _apart(self, last: FilterContext, scaling: str) -> tuple[FilterContext, FilterContext]:
        """The picture, which goes on, and its alpha by itself, scaled."""
        split, alpha = self._graph.add("split"), self._graph.add("alphaextract")
        last.link_to(split)
        split.link_to(alpha, 1, 0)
        return split, self._row(alpha, [("scale", scaling), ("format", "gray")])

    def _together(self, last: FilterContext, alpha: FilterContext) -> FilterContext:
        """The picture with that alpha instead of its own."""
        merged = self._graph.add("alphamerge")
        last.link_to(merged, 0, 0)
        alpha.link_to(merged, 0, 1)
        return merged

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


def shape_of(frame: VideoFrame) -> tuple[object, ...]:
    """All that a chain is built for: pictures of another shape need another one."""
    colour = (frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries)
    return (frame.width, frame.height, frame.format.name, *map(int, colour))


def is_wild(frame: VideoFrame) -> bool:
    """Whether its matrix is one that neither filters nor browsers know: then no word about its colours counts."""
    return int(frame.colorspace) not in KNOWN_MATRICES


def guessed_matrix(frame: VideoFrame) -> str:
    """What browsers take for such a matrix, by the number of lines."""
    return "bt709" if frame.height >= HIGH_DEFINITION else "smpte170m"


def tamed(frame: VideoFrame) -> Filters:
    """What comes before all else: tags that nobody knows say what browsers read instead, and palettes become colours.

    FFmpeg's filters of alpha end the process when they are given a palette or bytes in another order (8.1), and take
    another alpha than grey pictures have.
    """
    colours = [("format", _with_colours(frame.format))] if _is_strange(frame.format) else []
    said = [f"colorspace={guessed_matrix(frame)}", "color_primaries=bt709"] if is_wild(frame) else []
    if is_wild(frame) or int(frame.color_trc) in UNKNOWN_TRANSFERS:
        said.append("color_trc=bt709")
    return [*colours, ("setparams", ":".join(said))] if said else colours


def _is_strange(form: VideoFormat) -> bool:
    if form.has_palette:
        return True
    return any(component.is_alpha for component in form.components) and not TAKEN_WITH_ALPHA.fullmatch(form.name)


def _with_colours(form: VideoFormat) -> str:
    """The nearest format that is taken instead."""
    if form.has_palette:
        return "rgba"
    turned = f"{form.name.removesuffix('be')}le"
    if TAKEN_WITH_ALPHA.fullmatch(turned):
        return turned
    if form.is_rgb or form.name.startswith(("ya8", "ya16")):
        return "rgba64le"
    return "yuva444p16le" if any(component.bits > DEEP for component in form.components) else "yuva444p"
