"""What is in a file: the facts of docs/protocol 2.8, MediaMetaData."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av import VideoFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from animator.core.errors import SourceFileError
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.result import AudioStreamMetaData, MediaMetaData, VideoStreamMetaData
from animator.picture.orientation import Orientation
from animator.read.duration import video_end
from animator.read.source import open_container, playable_streams, source_errors

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
        pictures = [s for s in playable_streams(container) if s.codec_context is not None]
        for stream in pictures:
            limits.check_source(stream.width, stream.height)
        size = source.stat().st_size
        return _facts(container, pictures, size=size, md5=_md5(source, size=size, on_progress=on_progress))


def _facts(container: InputContainer, pictures: list[VideoStream], *, size: int, md5: str) -> MediaMetaData:
    duration = float(Fraction(max(0, container.duration or 0), av.time_base))
    return MediaMetaData(
        size=size,
        container=container.format.name,
        bitrate=container.bit_rate or (round(size * 8 / duration) if duration else 0),
        height=pictures[0].height if pictures else 0,
        width=pictures[0].width if pictures else 0,
        duration=duration,
        rotate=_rotation(container, pictures[0]) if pictures else 0,
        video_streams=tuple(_video(stream) for stream in pictures),
        audio_streams=tuple(_audio(stream) for stream in container.streams.audio if stream.codec_context is not None),
        video_duration=max((_pictures_seconds(container, stream) for stream in pictures), default=0.0),
        audio_duration=max((_seconds(stream) or duration for stream in container.streams.audio), default=0.0),
        md5=md5,
    )


def _video(stream: VideoStream) -> VideoStreamMetaData:
    context = stream.codec_context
    hdr_type = HDR_TRANSFERS.get(int(context.color_trc), "")
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


def _pictures_seconds(container: InputContainer, stream: VideoStream) -> float:
    """From the first picture's beginning to the last one's end."""
    first = Fraction(stream.start_time or 0) * (stream.time_base or 0)
    return float(max(Fraction(0), video_end(container, stream) - first))


def _seconds(stream: AudioStream) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


def _rotation(container: InputContainer, stream: VideoStream) -> int:
    frame = _first_frame(container, stream)
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
