"""GIFs where the kernel was not built: FFmpeg's palettegen, paletteuse and muxer. Correct, but slower and larger."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import BinaryIO

import av
from av import VideoFrame
from av.filter import Graph

from animator.gif.file import LONGEST_DELAY, repeats
from animator.gif.pacing import SHORTEST, end, paced
from animator.picture.frames import Canvas, Encoded, Shown

HUNDREDTHS = Fraction(1, 100)
FEWEST_COLOURS, MOST_COLOURS = 16, 256
NOTE = "Made with FFmpeg's palette filters, as the engine's kernel is not built here: the file could be smaller."


def encode(shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    """As gif.encode, whose place it takes. Each picture gets a palette of its own, so that memory stays flat.

    A half-covered pixel keeps its straight colour here: the filters know no background to lay it over.
    """
    written = last = 0
    again = repeats(canvas.loop_count)
    options = {"loop": "-1" if again is None else str(again), "final_delay": str(SHORTEST)}
    with av.open(target, "w", format="gif", options=options) as output:
        stream = output.add_stream("gif", rate=100)
        stream.width, stream.height, stream.pix_fmt = canvas.width, canvas.height, "pal8"
        stream.codec_context.time_base = HUNDREDTHS
        graph: Graph | None = None
        for at, image in timed(paced(shown, canvas), canvas, on_tick=on_tick):
            graph = graph or palette_graph(image, canvas)
            output.mux(stream.encode(indexed(graph, image, at=at)))
            written, last = written + 1, at
        output.mux(stream.encode(None))
    on_tick(canvas.ticks)
    return Encoded(frames=written, duration_ms=10 * (last + SHORTEST), notes=(NOTE,))


def timed(
    pictures: Iterable[tuple[int, Shown]], canvas: Canvas, *, on_tick: Callable[[int], None]
) -> Iterator[tuple[int, VideoFrame]]:
    """Start in hundredths and image. The last image comes twice, for the muxer can't be told its delay at the end."""
    last: tuple[int, VideoFrame] | None = None
    for start, shown in pictures:
        if last:
            yield from repeated(last, until=start)
        last = start, shown.image
        yield last
        on_tick(shown.first)
    if last:
        yield from repeated(last, until=end(last[0], canvas) - SHORTEST, also_then=True)


def repeated(last: tuple[int, VideoFrame], *, until: int, also_then: bool = False) -> Iterator[tuple[int, VideoFrame]]:
    """The last image again, as often as it takes that no delay up to `until` is longer than a GIF's may be.

    With `also_then` it comes once more at `until` itself.
    """
    at, image = last
    while until - at > LONGEST_DELAY:
        at += LONGEST_DELAY - SHORTEST
        yield at, image
    if also_then and until > at:
        yield until, image


def palette_graph(image: VideoFrame, canvas: Canvas) -> Graph:
    colours = round(FEWEST_COLOURS + (MOST_COLOURS - FEWEST_COLOURS) * canvas.quality / 100)
    graph = Graph()
    source = graph.add_buffer(width=canvas.width, height=canvas.height, format=image.format, time_base=HUNDREDTHS)
    split, sink = graph.add("split"), graph.add("buffersink")
    palette = graph.add("palettegen", f"stats_mode=single:max_colors={colours}")
    use = graph.add("paletteuse", "new=1:alpha_threshold=128")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph


def indexed(graph: Graph, image: VideoFrame, *, at: int) -> VideoFrame:
    image.pts, image.time_base = at, HUNDREDTHS
    graph.push(image)
    frame = graph.pull()
    assert isinstance(frame, VideoFrame)
    return frame
