"""From a segment of a source to the pictures it shows: seek, decode only what is needed, pick by exact time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av.error
from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.core.errors import ContentMalformed
from animator.core.timeline import Segment
from animator.read.duration import first_stamp, frame_seconds
from animator.read.interlace import Timed, deinterlaced, is_interlaced
from animator.read.packets import VideoPacket, marked
from animator.read.source import Source

DECODER_THREADS = 2
# How far before the segment to look for a key frame, in seconds; each is tried when the one before came too late.
RUN_UPS = (Fraction(0), Fraction(1), Fraction(10))
# libvpx alone decodes the alpha plane that WebM carries beside the picture; FFmpeg's own decoders drop it.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
# Takes skip_frame once and for all when it is opened, so it can't be told packet by packet.
UNSKIPPABLE = "libdav1d"
# A file whose pictures end this long before the segment does is worth a note.
TELLING_GAP = Fraction(1)


def no_one_cares() -> None:
    """Takes the signs of life when nobody asked for them; does nothing."""


@dataclass(frozen=True, slots=True)
class Picked:
    """One decoded picture and the first tick at which it shows."""

    first: int
    frame: VideoFrame


class Picker:
    """Iterates over the pictures that a segment's ticks show, each once; `first` strictly increases, beginning with 0.

    At tick k the last picture counts that begins before the tick's middle; before the first picture, the first.
    Raises ContentMalformed when not one picture can be decoded. After the iteration `notes` says what was odd.
    `on_work` is called for every packet: the way from a key frame to the first picture that shows may be long.
    """

    def __init__(
        self, source: Source, segment: Segment, *, fps: Fraction, on_work: Callable[[], None] = no_one_cares
    ) -> None:
        self._source = source
        self._on_work = on_work
        self._segment = segment
        self._fps = fps
        # Asked for now: `notes` may be read when the file, and with it the stream, has been closed.
        self._usual = frame_seconds(source.stream)
        self._damaged = 0
        self._last = Fraction(0)

    def __iter__(self) -> Iterator[Picked]:
        ticks = self._segment.ticks(self._fps)
        held: Picked | None = None
        for frame, moment in self._frames():
            first = max(self._segment.first_tick(moment, self._fps), held.first if held else 0)
            if held is not None and first >= ticks:
                self._last = self._segment.end
                break
            if held is not None and first > held.first:
                yield held
            held = Picked(first if held is not None else 0, frame)
            self._last = moment
        if held is None:
            raise ContentMalformed("Not one picture of the video could be decoded in this segment.")
        yield held

    @property
    def notes(self) -> tuple[str, ...]:
        notes = []
        if self._damaged:
            notes.append(f"{self._damaged} damaged packets of the video were left out.")
        if self._segment.end - self._last > max(TELLING_GAP, 2 * self._usual):
            notes.append(f"The video's last picture is from {float(self._last):.3f} s; it stays until the end.")
        return tuple(notes)

    def _frames(self) -> Iterator[Timed]:
        """Decoded pictures in order of presentation, from one that is on screen when the segment starts."""
        middle = self._segment.start + 1 / (2 * self._fps)
        interlaced = is_interlaced(self._source.stream)
        for position in _positions(self._segment.start):
            frames = self._frames_from(position, interlaced=interlaced)
            head = next(frames, None)
            if head is None or (position is not None and head[1] >= middle):
                continue
            if head[0].interlaced_frame and not interlaced:
                yield from self._frames_from(position, interlaced=True)
            else:
                yield head
                yield from frames
            return

    def _frames_from(self, position: Fraction | None, *, interlaced: bool) -> Iterator[Timed]:
        """Decoded pictures from a position on; none when it can't be sought.

        With `interlaced` no frame is skipped, since a deinterlacer needs each of them.
        """
        if not _seek(self._source, position):
            return iter(())
        packets = _packets(self._source, keyed=position is not None)
        if interlaced:
            return deinterlaced(self._decoded((packet, True) for packet in packets))
        if not self._source.is_stamped:
            return self._decoded((packet, True) for packet in packets)
        first_tick = self._segment.first_tick_of_stamps(
            self._fps, time_base=self._source.time_base, origin=self._source.origin
        )
        ticks = self._segment.ticks(self._fps)
        return self._decoded(marked(packets, first_tick=first_tick, ticks=ticks))

    def _decoded(self, packets: Iterator[tuple[VideoPacket, bool]]) -> Iterator[Timed]:
        """The pictures of packets, each of which comes with whether its picture is needed.

        One that isn't needed is decoded all the same when others depend on it, and may come out, too.
        """
        decoder = _decoder(self._source)
        intra_only = decoder.codec.intra_only
        skippable = decoder.name != UNSKIPPABLE
        clock = _Clock(self._source)
        for packet, needed in packets:
            self._on_work()
            if intra_only and not needed:
                continue
            if skippable:
                decoder.skip_frame = "DEFAULT" if needed else "NONREF"
            for frame in self._decode(decoder, packet):
                yield frame, clock.moment(frame)
        for frame in self._decode(decoder, None):
            yield frame, clock.moment(frame)

    def _decode(self, decoder: VideoCodecContext, packet: "VideoPacket | None") -> list[VideoFrame]:
        """A damaged packet costs its own picture, not the whole clip."""
        try:
            return decoder.decode(packet)
        except av.error.EOFError:
            return []
        except (av.error.InvalidDataError, av.error.PatchWelcomeError):
            self._damaged += 1
            return []


class _Clock:
    """Turns pictures' time stamps into seconds from the source's beginning, and makes up the missing ones."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._next = Fraction(0)

    def moment(self, frame: VideoFrame) -> Fraction:
        stamp = self._stamp(frame)
        moment = self._source.seconds(stamp) if stamp is not None else self._next
        self._next = moment + frame_seconds(self._source.stream)
        return moment

    def _stamp(self, frame: VideoFrame) -> int | None:
        """Without stored times, pictures come out one by one, as many packets late as the codec reorders."""
        if self._source.is_stamped:
            return frame.pts if frame.pts is not None else frame.dts
        if frame.dts is None:
            return None
        return frame.dts - self._source.stream.codec_context.reorder_depth


def _positions(start: Fraction) -> Iterator[Fraction | None]:
    """Where to start reading, nearest first; None is the very beginning of the file."""
    yield from (start - run_up for run_up in RUN_UPS if start > run_up)
    yield None


def _seek(source: Source, position: Fraction | None) -> bool:
    """Some containers refuse to be sought before their first stamp, so that one itself is tried, too."""
    stamps = [first_stamp(source.stream), source.stream.start_time or 0]
    if position is not None:
        stamps = [int((position + source.origin) / source.time_base)]
    return any(_sought(source, stamp) for stamp in stamps)


def _sought(source: Source, stamp: int) -> bool:
    try:
        source.container.seek(stamp, stream=source.stream)
    except av.error.FFmpegError:
        return False
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
        context.thread_type = "AUTO"
    return context
