"""Key frames alone: a video at a glance, for what reading its packets costs and a few pictures' decoding."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import av.error
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext

from animator.picture.colour import tidied
from animator.read.decode import decoder_of, no_one_cares
from animator.read.feed import packets_from
from animator.read.interlace import Timed
from animator.read.packets import VideoPacket
from animator.read.source import Source


def keys_near(
    source: Source, moments: Iterable[Fraction], *, on_work: Callable[[], None] = no_one_cares
) -> Iterator[Timed]:
    """The key frame at or before each moment that can be sought and decoded, once each, with its second."""
    decoder, last = decoder_of(source), None
    for moment in moments:
        on_work()
        packet = next(packets_from(source, moment) or iter(()), None)
        if packet is None or _moment(source, packet) == last:
            continue
        if found := _alone(source, decoder, packet):
            last = found[1]
            yield found


def keys_along(
    source: Source, *, least_gap: Fraction, on_work: Callable[[], None] = no_one_cares
) -> Iterator[tuple[VideoFrame, Fraction, Fraction]]:
    """The file's key frames in order, none sooner than `least_gap` seconds after the one before.

    Each with its second, and how long after the key frame before it came, whether or not that one was given.
    """
    decoder = decoder_of(source)
    before = given = None
    for packet in packets_from(source, None) or ():
        on_work()
        if not packet.is_keyframe:
            continue
        moment = _moment(source, packet)
        gap, before = moment - (before if before is not None else moment), moment
        if given is None or moment - given >= least_gap:
            found = _alone(source, decoder, packet)
            if found:
                given = moment
                yield (*found, gap)


def _alone(source: Source, decoder: VideoCodecContext, packet: VideoPacket) -> Timed | None:
    """What a packet shows that needs no other; None when it can't be decoded."""
    decoder.flush_buffers()
    moment = _moment(source, packet)
    frames: list[VideoFrame] = []
    for fed in (packet, None):
        try:
            frames += decoder.decode(fed)
        except av.error.EOFError:
            continue
        except av.error.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
    decoder.flush_buffers()
    return (tidied(frames[0]), moment) if frames else None


def _moment(source: Source, packet: VideoPacket) -> Fraction:
    """The second at which a packet's picture comes up."""
    return max(Fraction(0), source.seconds(source.stamp(packet) or 0))
