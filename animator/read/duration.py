"""When a video ends: by the stream's own word, or by looking at its last packets."""

from fractions import Fraction

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

USUAL_RATE = Fraction(25)
# Program and transport streams tell no duration; FFmpeg's guess misses what follows the last time stamp.
GUESSED = ("mpeg", "mpegts")
# Where no container says how long it is, a stamp that lies past every real one.
FAR_SECONDS = 10**7
# How long before the end to begin to look: right at it, FFmpeg lands behind pictures that were coded early.
RUN_UP = Fraction(2)
# Stamps, so many units of their clock: Matroska rounds each to a millisecond, but tells the whole duration exactly.
ROUNDING = 2


def frame_seconds(stream: VideoStream) -> Fraction:
    """How long a picture lasts when nothing more exact is known."""
    return 1 / (stream.average_rate or stream.guessed_rate or USUAL_RATE)


def first_stamp(stream: VideoStream) -> int:
    """Where to seek to for a stream's very beginning: a little before, since its first packets are decoded early."""
    return (stream.start_time or 0) - int(1 / (stream.time_base or 1))


def video_end(container: InputContainer, stream: VideoStream) -> Fraction:
    """Seconds on the file's own clock at which the last picture ends.

    The container's duration won't do where sound outlasts the pictures, and WebM from a browser has none at all.
    """
    base = stream.time_base or Fraction(1, av.time_base)
    if stream.duration and stream.duration > 0 and container.format.name not in GUESSED:
        return (Fraction(stream.start_time or 0) + stream.duration) * base
    told, seen = _told(container), _end_of_last_packet(container, stream, base)
    return told if seen is None or abs(told - seen) <= ROUNDING * base else seen


def _told(container: InputContainer) -> Fraction:
    return Fraction((container.start_time or 0) + (container.duration or 0), av.time_base)


def _end_of_last_packet(container: InputContainer, stream: VideoStream, base: Fraction) -> Fraction | None:
    far = int((_told(container) - RUN_UP if container.duration else Fraction(FAR_SECONDS)) / base)
    return _latest(container, stream, far, base) or _latest(container, stream, first_stamp(stream), base)


def _latest(container: InputContainer, stream: VideoStream, stamp: int, base: Fraction) -> Fraction | None:
    try:
        container.seek(stamp, stream=stream)
    except av.error.FFmpegError:
        return None
    usual = frame_seconds(stream)
    ends = (
        packet.pts * base + (packet.duration * base if packet.duration else usual)
        for packet in container.demux(stream)
        if packet.size and packet.pts is not None
    )
    return max(ends, default=None)
