"""What the engine found in a source, and what it made of it: plain records that travel as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from animator.core.fitted import Fitted
from animator.core.highlights import Highlights
from animator.core.seam import Seam
from animator.core.siblings import Sibling


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The picture as written.

    Fields:
        duration, start, end: seconds
        bitrate: bits a second
        size: bytes
        md5: in hex
        fps: the rate really used
        notes: facts a person should know
        recipe: what repeats these bytes (make/recipe.py)
        score: None, or a mapping with mean, worst and worst_at (make/score.py)
        chosen: None, or which seconds were chosen and why, as core/highlights.py has it
        fitted: None, or how the size was kept (core/fitted.py)
        seam: None, or how the loop was closed (core/seam.py)
        siblings: what was made beside it (core/siblings.py)
    """

    container: str
    width: int
    height: int
    frames: int
    duration: float
    bitrate: int
    size: int
    md5: str
    start: float
    end: float
    fps: int
    notes: tuple[str, ...] = ()
    recipe: dict[str, Any] = field(default_factory=dict)
    score: dict[str, Any] | None = None
    chosen: dict[str, Any] | None = None
    fitted: Fitted | None = None
    seam: Seam | None = None
    siblings: tuple[Sibling, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "fitted": self.fitted.as_dict() if self.fitted else None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Result":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        told, best = values.get("fitted"), values.get("chosen")
        fitted = None if told is None else Fitted.from_dict(told)
        notes = tuple(values.get("notes", ()))
        chosen = None if best is None else Highlights.from_dict(best).as_dict()
        seam = None if values.get("seam") is None else Seam.from_dict(values["seam"])
        siblings = tuple(Sibling.from_dict(one) for one in values.get("siblings", ()))
        own = {"notes": notes, "chosen": chosen, "fitted": fitted, "seam": seam, "siblings": siblings}
        return cls(**{**values, **own, "score": _score(values.get("score"))})


def _score(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if told is None else {name: float(told[name]) for name in ("mean", "worst", "worst_at")}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStreamMetaData:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamMetaData:
    bitrate: int
    sampling_rate: int
    codec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaMetaData:
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
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "MediaMetaData":
        video = tuple(VideoStreamMetaData(**stream) for stream in values["video_streams"])
        audio = tuple(AudioStreamMetaData(**stream) for stream in values["audio_streams"])
        return cls(**{**values, "video_streams": video, "audio_streams": audio})
