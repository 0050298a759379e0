"""The only place where the engine has FFmpeg open a file: fixed demuxers, fixed decoders, no network, one file."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
from av.video.stream import VideoStream

from animator.core.errors import ContentMalformed, ContentUnsupported, NoVideoMedia, NoVideoResolution, SourceFileError
from animator.core.limits import Limits
from animator.read.duration import video_end

# Containers of video files. Left out on purpose: everything that names other files or hosts (hls, concat, dash, sdp,
# image2 patterns, tty …) and every exotic parser that only widens the surface for an attack (docs/reliability.md 3).
DEMUXERS = "mov,matroska,avi,mpegts,mpeg,flv,asf,gif,ogg,mxf"

VIDEO_DECODERS = frozenset(
    {
        *("h264", "hevc", "vp8", "vp9", "libvpx", "libvpx-vp9", "libdav1d", "av1"),
        *("mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4", "h263", "h263p", "flv", "h261"),
        *("wmv1", "wmv2", "wmv3", "vc1", "prores", "prores_ks", "dnxhd", "mjpeg", "gif", "theora", "dvvideo"),
        *(
            "ffv1",
            "huffyuv",
            "ffvhuff",
            "utvideo",
            "qtrle",
            "png",
            "rawvideo",
            "vp6",
            "vp6f",
            "vp6a",
            "cinepak",
            "svq3",
        ),
    }
)
# Only ever looked at by name and sampling rate; opened by FFmpeg while it looks for the streams' parameters.
AUDIO_DECODERS = frozenset(
    {
        *("aac", "mp3", "mp3float", "mp2", "mp2float", "ac3", "eac3", "opus", "libopus", "vorbis", "flac", "alac"),
        *("wmav1", "wmav2", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_u8", "pcm_alaw", "pcm_mulaw", "amrnb", "amrwb"),
    }
)
OPTIONS = {
    "format_whitelist": DEMUXERS,
    "codec_whitelist": ",".join(sorted(VIDEO_DECODERS | AUDIO_DECODERS)),
    "protocol_whitelist": "file",
}
UNPLAYABLE_DISPOSITIONS = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails


@dataclass(frozen=True, slots=True)
class Source:
    """An open video file.

    `origin` and `end` are seconds on the file's own clock: where its timeline begins, and where its video ends.
    """

    container: av.container.InputContainer
    stream: VideoStream
    origin: Fraction
    end: Fraction

    @property
    def duration(self) -> Fraction:
        return self.end - self.origin

    @property
    def time_base(self) -> Fraction:
        return self.stream.time_base or Fraction(1, av.time_base)

    @property
    def is_stamped(self) -> bool:
        """AVI stores no times of presentation, and FFmpeg guesses them wrong where pictures are reordered."""
        return self.container.format.name != "avi"

    def seconds(self, stamp: int) -> Fraction:
        """A stamp of the file's clock as seconds from the beginning."""
        return stamp * self.time_base - self.origin


@contextmanager
def open_source(path: Path, *, limits: Limits) -> Iterator[Source]:
    """Open a file that we ourselves named, and find its video.

    Raises SourceFileError's children: NoVideoMedia, NoVideoResolution, ContentUnsupported, ContentMalformed.
    """
    with open_container(path) as container:
        stream = _video_stream(container)
        if not stream.width or not stream.height:
            raise NoVideoResolution("The file has a video stream, but nothing in it says how large its pictures are.")
        limits.check_source(stream.width, stream.height)
        with source_errors():
            end = video_end(container, stream)
            yield Source(container, stream, _origin(container, stream), end)


@contextmanager
def open_container(path: Path) -> Iterator[av.container.InputContainer]:
    _require_plain_file(path)
    with source_errors():
        container = av.open(f"file:{path.absolute()}", mode="r", options=OPTIONS, metadata_errors="replace")
        with container:
            yield container


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


def playable_streams(container: av.container.InputContainer) -> list[VideoStream]:
    """The video streams, less the cover pictures and thumbnails that many files carry."""
    return [s for s in container.streams.video if not s.disposition & UNPLAYABLE_DISPOSITIONS]


def _video_stream(container: av.container.InputContainer) -> VideoStream:
    """The stream that a player would show: the default one, else the first."""
    playable = playable_streams(container)
    if not playable:
        raise NoVideoMedia("The file has no video stream, so there is nothing to make a picture of.")
    stream = next((s for s in playable if s.disposition & av.stream.Disposition.default), playable[0])
    if stream.codec_context is None or stream.codec_context.name not in VIDEO_DECODERS:
        name = stream.codec_context.name if stream.codec_context else "an unknown codec"
        raise ContentUnsupported(f"The file's video is coded as {name}, which isn't supported.")
    return stream


def _origin(container: av.container.InputContainer, stream: VideoStream) -> Fraction:
    """Where second 0 lies: the container's earliest start, as every player and ffmpeg's -ss count."""
    if container.start_time is not None:
        return Fraction(container.start_time, av.time_base)
    return Fraction(stream.start_time or 0) * (stream.time_base or 1)
