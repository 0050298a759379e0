"""A light stand-in for a piece of a video that a browser can't play: H.264 in MP4, small, easy to scrub through."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av import VideoFrame
from av.video.frame import PictureType

from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.progress import Meter, Progress, ignore_progress
from animator.core.timeline import resolve
from animator.make.poster import fitted_edges
from animator.picture.scaling import Scaler
from animator.read.decode import Picker
from animator.read.source import Source, open_source
from animator.read.survey import frame_seconds
from animator.read.view import geometry_of

EDGE = 640  # pixels, the longer one
FASTEST = Fraction(30)
# A key frame every so many pictures: the play head may stand anywhere.
KEYS = 12
OPTIONS = {"preset": "ultrafast", "crf": "27", "tune": "fastdecode", "g": str(KEYS), "threads": "2"}


def proxy(
    source: Path,
    target: Path,
    *,
    start: float,
    end: float,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> None:
    """Write the seconds from `start` to `end`, without sound, to `target`. Raises EngineError's children."""
    with open_source(source, limits=limits) as opened:
        segment = resolve(start, end, duration=opened.duration)
        rate = min(FASTEST, 1 / frame_seconds(opened.stream))
        meter = Meter(on_progress, segment.ticks(rate))
        picker = Picker(opened, segment, fps=rate, on_work=meter.on_work)
        with av.open(str(target), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=rate, options=OPTIONS)
            for tick, frame in _small(picker, opened):
                if tick == 0:
                    stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
                frame.pts, frame.time_base = tick, 1 / rate
                frame.pict_type = PictureType.NONE  # the codec decides, not the one that made the source
                container.mux(stream.encode(frame))
                meter.on_tick(tick)
            container.mux(stream.encode(None))


def _small(picker: Picker, source: Source) -> Iterator[tuple[int, VideoFrame]]:
    scaler: Scaler | None = None
    for picked in picker:
        if scaler is None:
            geometry = geometry_of(picked, source)
            width, height = (max(2, edge // 2 * 2) for edge in fitted_edges(geometry.width, geometry.height, EDGE))
            scaler = Scaler(width=width, height=height, pixel_format="yuv420p", film=geometry)
        yield picked.first, scaler.scaled(picked.frame, aspect=picked.aspect)
