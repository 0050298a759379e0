"""From a segment of a source to the pictures it shows: seek, decode only what is needed, pick by exact time."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av.error
from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.errors import ContentMalformed
from animator.packets import VideoPacket, marked
from animator.source import Source
from animator.timeline import Segment

DECODER_THREADS = 2
# How far before the segment to look for a key frame, in seconds; each is tried when the one before came too late.
RUN_UPS = (Fraction(0), Fraction(1), Fraction(10))
# libvpx alone decodes the alpha plane that WebM carries beside the picture; FFmpeg's own decoders drop it.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


@dataclass(frozen=True, slots=True)
class Picked:
    """One decoded picture and the first tick at which it shows."""

    first: int
    frame: VideoFrame


def pick(source: Source, segment: Segment, *, fps: Fraction) -> Iterator[Picked]:
    """The pictures that the segment's ticks show, each once; `first` strictly increases, beginning with 0.

    At tick k the last picture counts that begins before the tick's middle; before the first picture, the first.
    Raises ContentMalformed when not one picture can be decoded.
    """
    ticks = segment.ticks(fps)
    held: Picked | None = None
    for frame, moment in _frames(source, segment, fps=fps):
        first = segment.first_tick(moment, fps)
        if first >= ticks and held is not None:
            break
        if held is not None and first > held.first:
            yield held
        held = Picked(first if held is not None else 0, frame)
    if held is None:
        raise ContentMalformed("Not one picture of the video could be decoded in this segment.")
    yield held


def _frames(source: Source, segment: Segment, *, fps: Fraction) -> Iterator[tuple[VideoFrame, Fraction]]:
    """Decoded pictures in order of presentation with their seconds, from one that is on screen at the start."""
    middle = segment.start + 1 / (2 * fps)
    for position in _positions(segment.start):
        frames = _decoded_from(source, segment, fps=fps, position=position)
        head = next(frames, None)
        if head is not None and (position is None or head[1] < middle):
            yield head
            yield from frames
            return


def _positions(start: Fraction) -> Iterator[Fraction | None]:
    """Where to start reading, nearest first; None is the very beginning of the file."""
    yield from (start - run_up for run_up in RUN_UPS if start > run_up)
    yield None


def _decoded_from(
    source: Source, segment: Segment, *, fps: Fraction, position: Fraction | None
) -> Iterator[tuple[VideoFrame, Fraction]]:
    if not _seek(source, position):
        return
    clock = _Clock(source)

    def first_tick(pts: int) -> int:
        return segment.first_tick(clock.seconds(pts), fps)

    decoder = _decoder(source)
    for packet, needed in marked(_packets(source, keyed=position is not None), first_tick=first_tick):
        decoder.skip_frame = "DEFAULT" if needed else "NONREF"
        for frame in _decode(decoder, packet):
            yield frame, clock.moment(frame)
    for frame in _decode(decoder, None):
        yield frame, clock.moment(frame)


class _Clock:
    """Turns a source's time stamps into seconds from its beginning, and makes up the missing ones."""

    def __init__(self, source: Source) -> None:
        self._base = source.time_base
        self._origin = source.origin
        self._step = 1 / (source.stream.average_rate or source.stream.guessed_rate or Fraction(25))
        self._last: Fraction | None = None

    def seconds(self, stamp: int) -> Fraction:
        return stamp * self._base - self._origin

    def moment(self, frame: VideoFrame) -> Fraction:
        stamp = frame.pts if frame.pts is not None else frame.dts
        moment = self.seconds(stamp) if stamp is not None else self._next()
        self._last = moment
        return moment

    def _next(self) -> Fraction:
        return Fraction(0) if self._last is None else self._last + self._step


def _seek(source: Source, position: Fraction | None) -> bool:
    stamp = source.stream.start_time or 0
    if position is not None:
        stamp = int((position + source.origin) / source.time_base)
    try:
        source.container.seek(stamp, stream=source.stream)
    except av.error.FFmpegError:
        return position is None
    return True


def _packets(source: Source, *, keyed: bool) -> Iterator[VideoPacket]:
    """The stream's packets; after a seek, from the first key frame on, since nothing before it can be decoded."""
    for packet in source.container.demux(source.stream):
        if packet.size == 0:
            continue
        keyed = keyed and not packet.is_keyframe
        if not keyed:
            yield packet


def _decoder(source: Source) -> VideoCodecContext:
    context = source.stream.codec_context
    name = ALPHA_DECODERS.get(context.name)
    if name and source.stream.metadata.get("alpha_mode") == "1":
        context = cast(VideoCodecContext, CodecContext.create(name, "r"))
    if not context.is_open:
        context.thread_count = DECODER_THREADS
        context.thread_type = "FRAME"
    return context


def _decode(decoder: VideoCodecContext, packet: "VideoPacket | None") -> list[VideoFrame]:
    """A damaged packet costs its own picture, not the whole clip."""
    try:
        return decoder.decode(packet)
    except (av.error.InvalidDataError, EOFError):
        return []
