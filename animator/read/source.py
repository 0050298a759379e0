"""The only place where the engine has FFmpeg open a file: fixed demuxers, fixed decoders, no network, one file."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.container
import av.error
from av.packet import Packet
from av.video.stream import VideoStream

from animator.core.errors import ContentMalformed, ContentUnsupported, NoVideoMedia, NoVideoResolution, SourceFileError
from animator.core.limits import Limits
from animator.read.allowed import OPTIONS, VIDEO_DECODERS
from animator.read.duration import told_end, video_end
from animator.read.marks import PLAIN, Marks
from animator.read.said import Said, first_of_index, first_packets, may_say, needs_more, said_once
from animator.read.survey import CAMERAS, SURVEYED, Survey, frame_seconds, surveyed

# libvpx alone decodes the alpha plane that WebM carries beside the picture; FFmpeg's own decoders drop it.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
# Containers that store when packets are decoded, and not when their pictures are shown.
BY_DECODING = frozenset({"avi", "asf"})
# Codecs that carry their palette in every picture.
OWN_PALETTES = frozenset({"gif", "png", "apng"})
# Containers that FFmpeg reads in one way only.
UNSEEKABLE = frozenset({"mpjpeg"})
# Headers that are off by this much are worth a note. Seconds.
TELLING = Fraction(1, 2)
UNPLAYABLE_DISPOSITIONS = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails


class Source(NamedTuple):
    """An open video file.

    Fields:
        origin, end: seconds on the file's own clock: where its timeline begins, and where its video ends
        survey: what all packets say, for a file without an index
        marks: what the boxes around the pictures say of them
        said: what the stream says once, at its beginning
    """

    path: Path
    container: av.container.InputContainer
    stream: VideoStream
    origin: Fraction
    end: Fraction
    survey: Survey | None = None
    marks: Marks = PLAIN
    said: Said = Said()

    @property
    def duration(self) -> Fraction:
        return self.end - self.origin

    @property
    def time_base(self) -> Fraction:
        return self.stream.time_base or Fraction(1, av.time_base)

    @property
    def is_stamped(self) -> bool:
        """Where no times of presentation are stored, FFmpeg guesses them wrong as soon as pictures are reordered."""
        return not self.marks.by_decoding and not (self.survey and self.survey.untimed)

    def stamp(self, packet: "Packet[VideoStream]") -> int | None:
        """When a packet's picture is shown, as nearly as the packet tells."""
        return packet.dts if packet.pts is None or not self.is_stamped else packet.pts

    @property
    def is_read_through(self) -> bool:
        """Whether its packets make sense only in their order: clocks that jump or tell nothing, palettes that come
        once, no key frame to begin with.
        """
        if self.survey is None:
            return False
        return (
            self.survey.is_mended
            or self.survey.crowded
            or not self.survey.keys
            or self.container.format.name in UNSEEKABLE
            or is_paletted(self.stream)
            or _begins_before_its_clock(self.container, self.stream)
        )

    @property
    def alpha_beside(self) -> bool:
        """Whether the pictures' alpha comes as a second stream in the same packets, as in WebM."""
        said = {name.lower(): value for name, value in self.stream.metadata.items()}
        return self.stream.codec_context.name in ALPHA_DECODERS and said.get("alpha_mode") == "1"

    @property
    def number(self) -> int:
        """Which of the container's video streams it is."""
        return self.container.streams.video.index(self.stream)

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired, in sentences for a person."""
        return (*_clock_notes(self), *self.marks.notes, *_alpha_notes(self))

    def seconds(self, stamp: int) -> Fraction:
        """A stamp of the file's clock as seconds from the beginning."""
        return stamp * self.time_base - self.origin


@contextmanager
def open_source(path: Path, *, limits: Limits) -> Iterator[Source]:
    """Open a file that we ourselves named, and find its video.

    Raises SourceFileError's children: NoVideoMedia, NoVideoResolution, ContentUnsupported, ContentMalformed.
    """
    with open_container(path) as container:
        stream = _video_stream(container, path)
        marks = marks_of(path, container, stream)
        marks.check()
        _require_decoder(stream)
        if not stream.width or not stream.height:
            raise NoVideoResolution("The file has a video stream, but nothing in it says how large its pictures are.")
        limits.check_source(stream.width, stream.height)
        with source_errors():
            begins = container.start_time  # which reading the file may change
            survey = survey_of(container, stream, marks)
            if survey is not None and not survey.packets:
                raise ContentMalformed("Not one picture of the video could be decoded in this segment.")
            said = _said(path, container, stream, survey)
            end = video_end(container, stream, survey, by_decoding=marks.by_decoding)
            yield Source(path, container, stream, _origin(begins, stream, survey), end, survey, marks, said)


@contextmanager
def open_container(path: Path) -> Iterator[av.container.InputContainer]:
    _require_plain_file(path)
    with source_errors():
        try:
            container = av.open(f"file:{path.absolute()}", mode="r", options=OPTIONS, metadata_errors="replace")
        except (av.error.InvalidDataError, av.error.ArgumentError) as error:
            from animator.read.kinds import refusal

            raise refusal(path) from error
        with container:
            yield container


def marks_of(path: Path, container: av.container.InputContainer, stream: VideoStream) -> Marks:
    """What the container says of this stream beyond what FFmpeg tells.

    The readers are imported where they are used: a file has one container, and a cold start is short.
    """
    name = container.format.name
    with path.open("rb") as file:
        if name.startswith("mov"):
            from animator.read.boxes import marks_of_track

            return marks_of_track(file, stream.id)
        if name.startswith("matroska"):
            from animator.read.elements import marks_of_video

            return marks_of_video(file, container.streams.video.index(stream))
        from animator.read.scrambling import marks_of_stream

        return marks_of_stream(file, name, stream.id)._replace(by_decoding=name in BY_DECODING)


def survey_of(container: av.container.InputContainer, stream: VideoStream, marks: Marks) -> Survey | None:
    """None for a file whose index is there and can be trusted. To be called before anything is read."""
    in_fragments = container.format.name.startswith("mov") and not stream.frames
    lasts = container.duration or stream.duration
    is_told = lasts and not (container.format.name in SURVEYED or marks.joined or in_fragments)
    if is_told and not is_paletted(stream) and not _begins_before_its_clock(container, stream):
        return None
    return surveyed(container, stream, by_decoding=marks.by_decoding)


def is_paletted(stream: VideoStream) -> bool:
    """Whether its palette comes beside the packets, and perhaps only once."""
    return stream.codec_context.pix_fmt == "pal8" and stream.codec_context.name not in OWN_PALETTES


def _begins_before_its_clock(container: av.container.InputContainer, stream: VideoStream) -> bool:
    """Whether it is Matroska whose first block lies before 0. FFmpeg drops such times and refuses to seek in the file:
    not even the key frame that it saw when it opened it has an entry in the index.
    """
    return container.format.name.startswith("matroska") and not stream.index_entries


@contextmanager
def source_errors() -> Iterator[None]:
    """Every way in which FFmpeg and PyAV say that they can't read a file, as one of ours.

    UnicodeDecodeError is among them: PyAV decodes some strings of a file strictly (docs/reliability.md 3).
    """
    try:
        yield
    except av.error.InvalidDataError as error:
        raise ContentMalformed(
            "The file isn't a video that can be read: its format is unknown or refused, or its data is damaged."
        ) from error
    except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError) as error:
        raise ContentUnsupported("The file's video is coded in a way that isn't supported.") from error
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        if getattr(error, "errno", 0) == errno.ENOMEM:
            raise MemoryError from error
        raise ContentMalformed(f"The file can't be read as a video: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _require_plain_file(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise SourceFileError(f"The source can't be opened: {error.strerror}.") from error
    if not stat.S_ISREG(mode):
        raise SourceFileError("The source isn't a plain file.")


def moving_streams(container: av.container.InputContainer, path: Path) -> list[VideoStream]:
    """The video streams, less the cover pictures and thumbnails that many files carry.

    Raises NoVideoMedia for a file that is nothing but a still picture.
    """
    playable = [s for s in container.streams.video if not s.disposition & UNPLAYABLE_DISPOSITIONS]
    moving = [stream for stream in playable if not _is_still_item(container, stream)]
    if playable and not moving:
        from animator.read.kinds import still_item

        raise still_item(path)
    return moving


def _without_video(container: av.container.InputContainer) -> str:
    names = [s.codec_context.codec.canonical_name for s in container.streams.audio if s.codec_context is not None]
    if names:
        codec = names[0]
        return f"The file has sound alone ({codec}) and no video stream, so there is nothing to make a picture of."
    return "The file has no video stream, so there is nothing to make a picture of."


def _video_stream(container: av.container.InputContainer, path: Path) -> VideoStream:
    """The stream that a player would show: the default one, else the richest; of an AVIF the sequence, not the still.

    A track that is known to hold one picture gives way to one that moves, whatever it says of itself.
    """
    moving = moving_streams(container, path)
    if not moving:
        raise NoVideoMedia(_without_video(container))
    several = [stream for stream in moving if stream.frames != 1] or moving
    best = container.streams.best("video")
    first = next((stream for stream in several if stream is best), several[0])
    return next((s for s in several if s.disposition & av.stream.Disposition.default), first)


def _is_still_item(container: av.container.InputContainer, stream: VideoStream) -> bool:
    """FFmpeg gives a picture of AVIF and HEIC, which isn't in any track, a clock of whole seconds."""
    return container.format.name.startswith("mov") and stream.frames == 1 and stream.time_base == 1


def _require_decoder(stream: VideoStream) -> None:
    if stream.codec_context is None or stream.codec_context.name not in VIDEO_DECODERS:
        name = stream.codec_context.name if stream.codec_context else "an unknown codec"
        raise ContentUnsupported(f"The file's video is coded as {name}, which isn't supported.")


def _origin(begins: int | None, stream: VideoStream, survey: Survey | None) -> Fraction:
    """Where second 0 lies: the container's earliest start, as every player and ffmpeg's -ss count."""
    if survey is not None and survey.untimed:
        return Fraction(0)
    if begins is not None:
        return Fraction(begins, av.time_base)
    if survey is not None:
        return survey.begin * (stream.time_base or Fraction(1))
    return Fraction(stream.start_time or 0) * (stream.time_base or 1)


def _said(path: Path, container: av.container.InputContainer, stream: VideoStream, survey: Survey | None) -> Said:
    """By the first packet; where x264 may have signed a later one, by a second opening of the file: this one goes on
    from where it stands, and may be at its end.
    """
    if not may_say(stream):
        return Said()
    if needs_more(stream):
        number = container.streams.video.index(stream)
        with open_container(path) as beginning:
            return said_once(first_packets(beginning, beginning.streams.video[number]), stream)
    if survey is not None:
        return said_once([survey.opening], stream)
    if first := first_of_index(path, stream):
        return said_once([first], stream)
    return said_once(first_packets(container, stream), stream)


def _alpha_notes(source: Source) -> tuple[str, ...]:
    if not source.said.alpha or (source.stream.codec_context.pix_fmt or "").startswith("yuva"):
        return ()
    return (
        "What is transparent in the video comes out opaque: its second layer (HEVC with alpha) can't be read here.",
    )


def _clock_notes(source: Source) -> tuple[str, ...]:
    notes = []
    if source.survey is not None and source.survey.hasty:
        if source.container.format.name == "gif":
            return ("Pictures of less than 20 ms are shown for 100 ms, as browsers do with a GIF.",)
        return ("Pictures of 10 ms and less are shown for 100 ms, as browsers do with an animated PNG.",)
    if source.container.format.name in CAMERAS or (source.survey is not None and source.survey.untimed):
        rate = round(1 / float(frame_seconds(source.stream)), 2)
        notes.append(f"The file says of no picture when it is shown: {rate:g} a second are.")
    if source.survey is not None and (count := len(source.survey.pieces)) > 1:
        notes.append(f"The file's clock jumps: its {count} recordings are shown one after the other.")
    if source.survey is not None and source.survey.strangers:
        notes.append("In the file another programme begins later, and isn't shown.")
    told = told_end(source.container, source.stream)
    heard = Fraction(source.survey.heard if source.survey is not None else source.end)
    if told is not None and (told < source.end - TELLING or told > max(source.end, heard) + TELLING):
        duration = float(told - source.origin)
        notes.append(f"The file's header says {duration:.3f} s; its pictures last {float(source.duration):.3f} s.")
    return tuple(notes)
