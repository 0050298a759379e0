"""What the engine found in a source: plain records that travel as JSON."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class VideoStreamMetaData(NamedTuple):
    """VideoStreamSet of docs/protocol 2.8.

    `dynamic_range` is "SDR" or "HDR"; `hdr_type` is "HDR10", "HLG", "DolbyVision" or "".
    """

    bitrate: int
    height: int
    width: int
    codec: str
    fps: int
    codec_tag: str
    dynamic_range: str
    hdr_type: str


class AudioStreamMetaData(NamedTuple):
    bitrate: int
    sampling_rate: int
    codec: str


class MediaMetaData(NamedTuple):
    """MediaMetaData of docs/protocol 2.8.

    Bitrates are in bits a second, `size` in bytes, durations in seconds. `width` and `height` are pixels as stored;
    `rotate` is in degrees clockwise.
    """

    size: int
    container: str
    bitrate: int
    height: int
    width: int
    duration: float
    rotate: int
    video_streams: tuple[VideoStreamMetaData, ...]
    audio_streams: tuple[AudioStreamMetaData, ...]
    video_duration: float
    audio_duration: float
    md5: str

    def as_dict(self) -> dict[str, Any]:
        video = [stream._asdict() for stream in self.video_streams]
        audio = [stream._asdict() for stream in self.audio_streams]
        return {**self._asdict(), "video_streams": video, "audio_streams": audio}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "MediaMetaData":
        video = tuple(VideoStreamMetaData(**stream) for stream in values["video_streams"])
        audio = tuple(AudioStreamMetaData(**stream) for stream in values["audio_streams"])
        return cls(**{**values, "video_streams": video, "audio_streams": audio})
