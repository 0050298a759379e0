"""The packets of a video from any moment on, with stamps of one growing clock."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import cast

import av.error
from av.packet import Packet, PacketSideData

from animator.read.duration import first_stamp
from animator.read.packets import VideoPacket
from animator.read.source import Source, open_container
from animator.read.survey import steadily

# What the first packet of another recording carries (Packet.opaque): the decoder has to give what it holds before.
BEGINS = "begins"
# What a packet says beside its picture for all that follow: a palette that comes once, parameters of a new recording.
LASTING = ("palette", "new_extradata")


def packets_from(source: Source, position: Fraction | None) -> Iterator[VideoPacket] | None:
    """From a key frame at or before `position`, in seconds from the beginning, on; None when that can't be sought.

    None as a position is the very beginning of the file. Between two calls the decoder forgets what it had.
    """
    if source.is_read_through:
        source.stream.codec_context.flush_buffers()
        return _read_through(source, position)
    if not _seek(source, position):
        return None
    packets = _sought(source, keyed=position is not None)
    return packets if position is not None else _from_the_first(source, packets)


def _from_the_first(source: Source, packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
    """Packets that were sought at the very beginning; FFmpeg finds another key frame in ASF files of little index."""
    survey = source.survey
    if survey is None or not survey.keys:
        return packets
    first = next(packets, None)
    begins = None if first is None else first.pts if first.pts is not None else first.dts
    if first is None or (begins is not None and begins > survey.keys[0][1]):
        source.stream.codec_context.flush_buffers()
        return _read_through(source, None)
    return chain((first,), packets)


def _sought(source: Source, *, keyed: bool) -> Iterator[VideoPacket]:
    """After a seek, from the first key frame on, since nothing before it can be decoded."""
    said = source.said.units if keyed else b""
    for packet in steadily(source.container, source.stream):
        if packet.size == 0:
            continue
        keyed = keyed and not packet.is_keyframe
        if not keyed:
            yield _copied(packet, said + bytes(packet)) if said else packet
            said = b""


def _read_through(source: Source, position: Fraction | None) -> Iterator[VideoPacket]:
    """By a second opening of the file: one whose clock jumps can't be sought by times, and what comes once is kept."""
    survey = source.survey
    assert survey is not None
    stamp = None if position is None else int((position + source.origin) / source.time_base)
    begin = 0 if stamp is None else survey.key_before(stamp)
    beginnings = frozenset() if survey.hasty else frozenset(piece.first for piece in survey.pieces[1:])
    second = min(beginnings, default=survey.packets)
    lasting: dict[str, PacketSideData] = {}
    with open_container(source.path) as container:
        stream = container.streams.video[source.number]
        packets = (packet for packet in steadily(container, stream) if packet.size)
        for number, packet in enumerate(packets):
            _keep(packet, lasting)
            if number < begin:
                continue
            for said in lasting.values():
                packet.set_sidedata(said)
            lasting.clear()
            again = source.said.units if number == begin > 0 else b""
            if again or (packet.is_discard and number >= second):
                packet = _copied(packet, again + bytes(packet))
            packet.opaque = BEGINS if packet.is_keyframe and number in beginnings else None
            yield _mended(packet, None if survey.untimed else survey.shift(number))


def _keep(packet: VideoPacket, lasting: dict[str, PacketSideData]) -> None:
    for kind in LASTING:
        if packet.has_sidedata(kind):  # type: ignore[arg-type]
            lasting[kind] = packet.get_sidedata(kind)  # type: ignore[arg-type]


def _copied(packet: VideoPacket, data: bytes) -> VideoPacket:
    """The same packet with these bytes, and without FFmpeg's word that its picture shouldn't be seen: where recordings
    are joined, its time has been before.
    """
    copy = cast(VideoPacket, Packet(data))
    copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
    copy.duration, copy.is_keyframe = packet.duration or 0, packet.is_keyframe
    for said in packet.iter_sidedata():
        copy.set_sidedata(said)
    return copy


def _mended(packet: VideoPacket, shift: int | None) -> VideoPacket:
    """With its stamps put right by `shift`; None takes away those that FFmpeg made up."""
    if shift is None:
        packet.pts = packet.dts = None
    elif shift:
        packet.pts = None if packet.pts is None else packet.pts + shift
        packet.dts = None if packet.dts is None else packet.dts + shift
    return packet


def _seek(source: Source, position: Fraction | None) -> bool:
    """Some containers refuse to be sought before their first stamp, so that one itself is tried, too."""
    stamps = [first_stamp(source.stream), source.stream.start_time or 0]
    if position is not None:
        stamps = [int((position + source.origin) / source.time_base)]
    return any(_went(source, stamp) for stamp in stamps)


def _went(source: Source, stamp: int) -> bool:
    try:
        source.container.seek(stamp, stream=source.stream)
    except av.error.FFmpegError:
        return False
    return True
