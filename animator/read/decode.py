"""From a segment of a source to the pictures it shows: seek, decode only what is needed, pick by exact time."""

import errno
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple, cast

import av.error
from av import VideoFrame
from av.codec.context import CodecContext, Flags
from av.video.codeccontext import VideoCodecContext

from animator.core.errors import ContentMalformed
from animator.core.timeline import Segment
from animator.picture.colour import tidied
from animator.picture.orientation import Orientation
from animator.read.aspect import Aspects
from animator.read.clock import Clock
from animator.read.feed import BEGINS, packets_from
from animator.read.interlace import Timed, are_fields, deinterlaced
from animator.read.packets import VideoPacket, marked, told_by_decoding
from animator.read.source import ALPHA_DECODERS, Source
from animator.read.survey import frame_seconds

DECODER_THREADS = 2
# How far before the segment to look for a key frame, in seconds; each is tried when the one before came too late.
RUN_UPS = (Fraction(0), Fraction(1), Fraction(10))
# Takes skip_frame once and for all when it is opened, so it can't be told packet by packet.
UNSKIPPABLE = "libdav1d"
# What a codec does so that its blocks aren't seen, which takes a fifth of its time: small pictures don't show them.
COARSE = {"skip_loop_filter": "all"}
# A file whose pictures end this long before the segment does is worth a note.
TELLING_GAP = Fraction(1)


def no_one_cares() -> None:
    """Takes the signs of life when nobody asked for them; does nothing."""


class Picked(NamedTuple):
    """One decoded picture and the first tick at which it shows.

    Fields:
        aspect: how wide its pixels are; None is as high as wide
        orientation: what the key frame says that it hangs on; None asks the picture itself
        moment: when it is shown, in seconds from the source's beginning
    """

    first: int
    frame: VideoFrame
    aspect: Fraction | None = None
    orientation: Orientation | None = None
    moment: Fraction = Fraction(0)


class Picker:
    """Iterates over the pictures that a segment's ticks show, each once; `first` strictly increases, beginning with 0.

    At tick k the last picture counts that begins before the tick's middle; before the first picture, the first.
    Raises ContentMalformed when not one picture can be decoded. After the iteration `notes` says what was odd.
    `on_work` is called for every packet: the way from a key frame to the first picture that shows may be long.
    With `coarse`, pictures that no other depends on may be left out: the one before stays. So may those that show
    from one tick to before another and of which `wanted` says no.
    """

    def __init__(
        self,
        source: Source,
        segment: Segment,
        *,
        fps: Fraction,
        on_work: Callable[[], None] = no_one_cares,
        coarse: bool = False,
        wanted: Callable[[int, int], bool] | None = None,
    ) -> None:
        self._source = source
        self._on_work = on_work
        self._coarse = coarse
        self._wanted = wanted
        self._segment = segment
        self._fps = fps
        # Asked for now: `notes` may be read when the file, and with it the stream, has been closed.
        self._usual = frame_seconds(source.stream)
        self._source_notes = source.notes
        self._aspects = Aspects(source)
        self._read = self._damaged = 0
        self._is_under_way = True
        self._is_doubtful = False
        self._last = Fraction(0)
        self._of_each: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Picked]:
        return self._of_pieces() if self._segment.pieces else self._of_all()

    def _of_pieces(self) -> Iterator[Picked]:
        """Each from a key frame of its own."""
        said: dict[str, None] = {}
        at = 0
        for piece in self._segment.pieces:
            picker = Picker(self._source, piece, fps=self._fps, on_work=self._on_work, coarse=self._coarse)
            for picked in picker:
                yield picked._replace(first=at + picked.first)
            at += piece.ticks(self._fps)
            said.update(dict.fromkeys(picker.notes))
        self._of_each = tuple(said)

    def _of_all(self) -> Iterator[Picked]:
        ticks = self._segment.ticks(self._fps)
        held: Picked | None = None
        orientation = None
        for frame, moment in self._frames():
            if frame.key_frame and (orientation is None or Orientation.is_told(frame)):
                orientation = Orientation.of(frame)
            first = max(self._segment.first_tick(moment, self._fps), held.first if held else 0)
            if held is not None and first >= ticks:
                self._last = self._segment.end
                break
            if held is not None and first > held.first:
                yield held
            held = Picked(first if held is not None else 0, frame, self._aspects.of(frame), orientation, moment)
            self._last = moment
        if held is None:
            raise ContentMalformed("Not one picture of the video could be decoded in this segment.")
        yield held

    @property
    def notes(self) -> tuple[str, ...]:
        if self._segment.pieces:
            return self._of_each
        notes = list(self._source_notes)
        if self._damaged:
            notes.append(f"{self._damaged} damaged packets of the video, of {self._read} read, were left out.")
        if self._segment.end - self._last > max(TELLING_GAP, 2 * self._usual):
            notes.append(f"The video's last picture is from {float(self._last):.3f} s; it stays until the end.")
        return tuple(notes)

    def _frames(self) -> Iterator[Timed]:
        """Decoded pictures in order of presentation, from one that is on screen when the segment starts."""
        middle = self._segment.start + 1 / (2 * self._fps)
        for position in _positions(self._segment.start):
            frames = self._frames_from(position)
            head = next(frames, None)
            if head is None or (position is not None and head[1] >= middle):
                continue
            yield head
            yield from frames
            return

    def _frames_from(self, position: Fraction | None) -> Iterator[Timed]:
        """Decoded pictures from a position on, without combs; none when it can't be sought.

        When fields turn up midway, it begins again, since a deinterlacer needs the pictures that were skipped.
        """
        last: Fraction | None = None
        if not are_fields(self._source.stream):
            for frame, moment in self._whole_pictures(position):
                if frame.interlaced_frame:
                    break
                yield frame, moment
                last = moment
            else:
                return
        for frame, moment in self._woven_fields(position):
            if last is None or moment > last:
                yield frame, moment

    def _packets(self, position: Fraction | None) -> Iterator[VideoPacket] | None:
        """From a position on, and what is to be thought of their times."""
        packets = packets_from(self._source, position)
        if packets is None or not self._source.stream.codec_context.reorder_depth:
            return packets
        self._is_doubtful, packets = told_by_decoding(packets)
        return packets

    def _woven_fields(self, position: Fraction | None) -> Iterator[Timed]:
        packets = self._packets(position)
        if packets is None:
            return iter(())
        return deinterlaced(
            self._decoded(((packet, True) for packet in packets), whole=position is None), self._source.stream
        )

    def _whole_pictures(self, position: Fraction | None) -> Iterator[Timed]:
        packets = self._packets(position)
        if packets is None:
            return iter(())
        if self._is_doubtful or not self._source.is_stamped:
            return self._decoded(((packet, True) for packet in packets), whole=position is None)
        first_tick = self._segment.first_tick_of_stamps(
            self._fps, time_base=self._source.time_base, origin=self._source.origin
        )
        ticks = self._segment.ticks(self._fps)
        seen = marked(packets, first_tick=first_tick, ticks=ticks, wanted=self._wanted)
        return self._decoded(seen, whole=position is None)

    def _decoded(self, packets: Iterator[tuple[VideoPacket, bool]], *, whole: bool) -> Iterator[Timed]:
        """The pictures of packets, each of which comes with whether its picture is needed.

        Unless they are the `whole` file, what can't be decoded before the first picture is no damage.

        One that isn't needed is decoded all the same when others depend on it, and may come out, too.
        """
        self._read = self._damaged = 0
        self._is_under_way = whole
        clock = Clock(self._source, whole=whole, is_doubtful=self._is_doubtful)
        yield from clock.timed(map(tidied, self._pictures(packets, clock)))

    def _pictures(self, packets: Iterator[tuple[VideoPacket, bool]], clock: Clock) -> Iterator[VideoFrame]:
        decoder = decoder_of(self._source)
        intra_only = decoder.codec.intra_only
        skippable = decoder.name != UNSKIPPABLE
        for packet, needed in packets:
            self._on_work()
            clock.see(packet)
            self._read += 1
            if packet.opaque == BEGINS:
                yield from self._drained(decoder)
            if intra_only and not needed:
                continue
            if skippable:
                decoder.skip_frame = "DEFAULT" if needed and not self._coarse else "NONREF"
            yield from self._decode(decoder, packet)
        yield from self._decode(decoder, None)

    def _drained(self, decoder: VideoCodecContext) -> list[VideoFrame]:
        """What a decoder still holds; a change of size would cost it a picture that it hasn't given yet."""
        frames = self._decode(decoder, None)
        decoder.flush_buffers()
        return frames

    def _decode(self, decoder: VideoCodecContext, packet: "VideoPacket | None") -> list[VideoFrame]:
        """Whatever a decoder says of a packet costs that packet's picture, not the whole clip."""
        try:
            frames = decoder.decode(packet)
            self._is_under_way = self._is_under_way or bool(frames)
            return frames
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:
            if error.errno == errno.ENOMEM:
                raise
            self._damaged += self._is_under_way
            return []


def _positions(start: Fraction) -> Iterator[Fraction | None]:
    """Where to start reading, nearest first; None is the very beginning of the file."""
    yield from (start - run_up for run_up in RUN_UPS if start > run_up)
    yield None


def look_coarsely(source: Source) -> None:
    """What is decoded of it from now on, its first picture included, is for small pictures alone."""
    if not source.stream.codec_context.is_open:
        source.stream.codec_context.options = {**source.stream.codec_context.options, **COARSE}


def decoder_of(source: Source) -> VideoCodecContext:
    """The stream's own, open and told how to work; another one where that would drop its alpha."""
    stream = source.stream
    context = stream.codec_context
    if source.alpha_beside:
        context = _alpha_decoder(context)
    if not context.is_open:
        context.thread_count = DECODER_THREADS
        context.thread_type = "AUTO"
        # Else a picture whose window begins at an odd place keeps columns that nobody is to see.
        context.flags |= Flags.unaligned
    return context


def _alpha_decoder(context: VideoCodecContext) -> VideoCodecContext:
    """A decoder of its own, which has to be told what the container says of the colours."""
    decoder = cast(VideoCodecContext, CodecContext.create(ALPHA_DECODERS[context.name], "r"))
    for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
        setattr(decoder, name, getattr(context, name))
    return decoder
