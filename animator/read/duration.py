"""When a video ends: by its packets, which alone know; headers are believed where the index bears them out."""

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from animator.read.survey import BARE, Survey, believed_end, frame_seconds, steadily

# Where no container says how long it is, a stamp that lies past every real one.
FAR_SECONDS = 10**7
# How long before the end to begin to look: right at it, FFmpeg lands behind pictures that were coded early.
RUN_UP = Fraction(2)
# Stamps, so many units of their clock: Matroska rounds each to a millisecond, but tells the whole duration exactly.
ROUNDING = 2
# So many packets lie between the decoding and the showing of a picture, at most.
LAST = 18
# A last picture that would stay longer than this is looked at, instead of believed. Seconds.
PLAUSIBLE = Fraction(1)


def first_stamp(stream: VideoStream) -> int:
    """Where to seek to for a stream's very beginning: a little before, since its first packets are decoded early."""
    return (stream.start_time or 0) - int(1 / (stream.time_base or 1))


def video_end(
    container: InputContainer, stream: VideoStream, survey: Survey | None, *, by_decoding: bool = False
) -> Fraction:
    """Seconds on the file's own clock at which the last picture ends; `by_decoding` as in Marks.

    The container's duration won't do where sound outlasts the pictures, and WebM from a browser has none at all.
    """
    base = stream.time_base or Fraction(1, av.time_base)
    if survey is not None:
        return _told(container) if survey.end is None else survey.end * base
    told = _told_of_stream(stream, base)
    is_believed = told is not None and _is_borne_out(stream, told, base)
    if told is not None and is_believed and _is_even_at_its_end(stream):
        return told
    whole, seen = _told(container), _last_packet(container, stream, base, by_decoding=by_decoding)
    if seen is None:
        return told if told is not None else whole
    if told is not None and is_believed and told > seen.shown:
        return told
    return whole if abs(whole - seen.end) <= ROUNDING * base else seen.end


def told_end(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """Where the headers say that the video ends; None where none of them does."""
    if container.format.name in ("mpeg", "mpegts", "ogg", *BARE) or not container.duration:
        return None
    return _told_of_stream(stream, stream.time_base or Fraction(1, av.time_base)) or _told(container)


def _told_of_stream(stream: VideoStream, base: Fraction) -> Fraction | None:
    if not stream.duration or stream.duration < 0:
        return None
    return (Fraction(stream.start_time or 0) + stream.duration) * base


def _told(container: InputContainer) -> Fraction:
    return Fraction((container.start_time or 0) + max(0, container.duration or 0), av.time_base)


def _is_borne_out(stream: VideoStream, told: Fraction, base: Fraction) -> bool:
    """By the index of MP4 and its kin, which lists every packet; its stamps are those of decoding."""
    entries = stream.index_entries
    if not stream.frames or len(entries) < stream.frames:
        return False
    last = entries[len(entries) - 1].timestamp * base
    return last <= told <= last + PLAUSIBLE


def _is_even_at_its_end(stream: VideoStream) -> bool:
    """Where pictures are reordered and last unequally long, the last to be decoded says nothing of the last shown."""
    entries = stream.index_entries
    if not stream.codec_context.reorder_depth:
        return True
    stamps = [entries[number].timestamp for number in range(max(0, len(entries) - LAST), len(entries))]
    return len({after - before for before, after in pairwise(stamps)}) <= 1


class _Last(NamedTuple):
    """When the picture that is shown last comes up, and when the last one to go goes. Seconds."""

    shown: Fraction
    end: Fraction


def _last_packet(container: InputContainer, stream: VideoStream, base: Fraction, *, by_decoding: bool) -> _Last | None:
    """Some containers refuse to be sought before their first stamp, so that one itself is tried, too."""
    far = int((_told(container) - RUN_UP if (container.duration or 0) > 0 else Fraction(FAR_SECONDS)) / base)
    for stamp in (far, first_stamp(stream), stream.start_time or 0):
        found = _latest(container, stream, stamp, base, by_decoding=by_decoding)
        if found is not None:
            return found
    return None


def _latest(
    container: InputContainer, stream: VideoStream, stamp: int, base: Fraction, *, by_decoding: bool
) -> _Last | None:
    try:
        container.seek(stamp, stream=stream)
    except av.error.FFmpegError:
        return None
    usual = frame_seconds(stream)
    spans = [
        (shown * base, shown * base + (packet.duration * base if packet.duration else usual))
        for packet in steadily(container, stream)
        if (shown := packet.dts if packet.pts is None or by_decoding else packet.pts) is not None
        and not packet.is_discard
    ]
    if not spans:
        return None
    shown, end = map(max, zip(*spans, strict=True))
    if container.format.name.startswith("matroska"):
        units = [(int(begin / base), int((last - begin) / base)) for begin, last in spans]
        end = believed_end(units, int(end / base)) * base
    return _Last(shown, end)
