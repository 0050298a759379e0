"""What is in a file: the facts of docs/protocol 2.8, MediaMetaData."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
from av import VideoFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from animator.core.errors import SourceFileError
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.media import AudioStreamMetaData, MediaMetaData, VideoStreamMetaData
from animator.picture.orientation import Orientation
from animator.read.duration import video_end
from animator.read.marks import PLAIN, Marks
from animator.read.source import marks_of, moving_streams, open_container, source_errors, survey_of
from animator.read.survey import Survey

HDR_TRANSFERS = {16: "HDR10", 18: "HLG"}
CHUNK = 1 << 22

OnProgress = Callable[[float], None]


def ignore_progress(_: float) -> None:
    """Takes the progress when nobody asked for it; does nothing."""


def probe(source: Path, *, limits: Limits = DEFAULT_LIMITS, on_progress: OnProgress = ignore_progress) -> MediaMetaData:
    """Read a file's facts; a file without pictures (audio alone) has some, too. Raises SourceFileError's children.

    `on_progress` is told a number from 0 to 1: a large file's md5 takes its time.
    """
    with open_container(source) as container, source_errors():
        pictures = [s for s in moving_streams(container, source) if s.codec_context is not None]
        for stream in pictures:
            limits.check_source(stream.width, stream.height)
        rotate = _rotation(source, pictures[0]) if pictures else 0
        marks = [marks_of(source, container, stream) for stream in pictures]
        times = _Times.of(container, pictures, marks[0] if marks else PLAIN)
        size = source.stat().st_size
        return MediaMetaData(
            size=size,
            container=container.format.name,
            bitrate=_bitrate(container, size=size, duration=times.whole),
            height=pictures[0].height if pictures else 0,
            width=pictures[0].width if pictures else 0,
            duration=times.whole,
            rotate=rotate,
            video_streams=tuple(map(_video, pictures, marks)),
            audio_streams=tuple(_audio(s) for s in container.streams.audio if s.codec_context is not None),
            video_duration=times.pictures,
            audio_duration=times.sound,
            md5=_md5(source, size=size, on_progress=on_progress),
        )


class _Times(NamedTuple):
    """Seconds that the whole, its pictures and its sound last; what packets say goes before what headers say."""

    whole: float
    pictures: float
    sound: float

    @classmethod
    def of(cls, container: InputContainer, pictures: list[VideoStream], marks: Marks) -> "_Times":
        told = float(Fraction(max(0, container.duration or 0), av.time_base))
        survey = survey_of(container, pictures[0], marks) if pictures else None
        seen = pictures[:1] if survey is not None else pictures
        by_decoding = marks.by_decoding
        lasting = max((_pictures_seconds(container, s, survey, by_decoding=by_decoding) for s in seen), default=0.0)
        heard = max((_seconds(stream) or told for stream in container.streams.audio), default=0.0)
        if survey is None:
            return cls(max(told, lasting), lasting, heard)
        heard = max(0.0, survey.heard - (container.start_time or 0) / av.time_base) if heard else 0.0
        return cls(max(heard, lasting), lasting, heard)


def _bitrate(container: InputContainer, *, size: int, duration: float) -> int:
    return container.bit_rate or (round(size * 8 / duration) if duration else 0)


def _video(stream: VideoStream, marks: Marks) -> VideoStreamMetaData:
    context = stream.codec_context
    hdr_type = "DolbyVision" if marks.is_proper_dolby else HDR_TRANSFERS.get(int(context.color_trc), "")
    return VideoStreamMetaData(
        bitrate=stream.bit_rate or 0,
        height=stream.height,
        width=stream.width,
        codec=context.codec.canonical_name,
        fps=round(stream.average_rate or stream.guessed_rate or 0),
        codec_tag=_tag(context.codec_tag),
        dynamic_range="HDR" if hdr_type else "SDR",
        hdr_type=hdr_type,
    )


def _audio(stream: AudioStream) -> AudioStreamMetaData:
    context = stream.codec_context
    return AudioStreamMetaData(
        bitrate=context.bit_rate or 0, sampling_rate=context.sample_rate, codec=context.codec.canonical_name
    )


def _pictures_seconds(
    container: InputContainer, stream: VideoStream, survey: Survey | None, *, by_decoding: bool
) -> float:
    """From the first picture's beginning to the last one's end."""
    begins = survey.begin if survey is not None and not survey.untimed else stream.start_time or 0
    first = Fraction(begins) * (stream.time_base or 0)
    return float(max(Fraction(0), video_end(container, stream, survey, by_decoding=by_decoding) - first))


def _seconds(stream: AudioStream) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


def _rotation(source: Path, stream: VideoStream) -> int:
    """By a second opening: what is read here can't be surveyed any more."""
    with open_container(source) as container:
        frame = _first_frame(container, container.streams.video[stream.container.streams.video.index(stream)])
    return Orientation.of(frame).degrees if frame else 0


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    try:
        return next(container.decode(stream), None)
    except (av.error.FFmpegError, SourceFileError):
        return None


def _tag(tag: str) -> str:
    return "".join(character for character in tag if character.isprintable())


def _md5(path: Path, *, size: int, on_progress: OnProgress) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            on_progress(min(1.0, file.tell() / max(1, size)))
    return digest.hexdigest()
