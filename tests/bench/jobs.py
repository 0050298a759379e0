"""What is measured: seconds of a clip at a size and a rate."""

import math
from dataclasses import dataclass
from pathlib import Path

import av

from animator.core.limits import DEFAULT_LIMITS
from animator.read.source import open_source

SUFFIXES = (".mp4", ".webm", ".mkv", ".mov", ".avi")


@dataclass(frozen=True, slots=True)
class Job:
    """start and seconds in seconds; width and height in pixels, exactly these."""

    name: str
    clip: Path
    start: float
    seconds: float
    width: int
    height: int
    fps: int

    @property
    def ticks(self) -> int:
        return round(self.seconds * self.fps)

    def __str__(self) -> str:
        return f"{self.clip.name} {self.start:g} +{self.seconds:g}, {self.width}x{self.height}@{self.fps}"


# Jobs that figures are often quoted for, when the MEDIA folder holds their clips.
_NAMED = {
    "J1": ("bbb_trailer_720p24.mp4", 20, 3, 480, 270, 10),
    "J2": ("bbb_trailer_720p24.mp4", 20, 3, 640, 360, 15),
    "J3": ("bbb_trailer_720p24.mp4", 20, 3, 1280, 720, 24),
    "J4": ("bbb_1080p60_gop300.mp4", 12, 5, 640, 360, 15),
    "J5": ("ocean_720p24.mp4", 3, 3, 640, 360, 15),
    "J6": ("flat_1080p30.mp4", 1, 5, 640, 360, 15),
    "J7": ("bikes_640x272p25.mp4", 2, 5, 640, 272, 15),
    "J8": ("vtest_768x576p10.avi", 20, 5, 640, 480, 10),
}


def jobs_of_folder(folder: Path) -> list[Job]:
    """The named jobs whose clips are there, then three seconds of the middle of each other clip."""
    named = [Job(name, folder / clip, *rest) for name, (clip, *rest) in _NAMED.items() if (folder / clip).is_file()]
    used = {job.clip.name for job in named}
    others = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.name not in used)
    return named + [_middle_of(clip) for clip in others]


def has_alpha(clip: Path) -> bool:
    """Whether its pictures do, or come with a second stream that does, as in WebM."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        beside = {name.lower(): value for name, value in stream.metadata.items()}.get("alpha_mode")
        pixels = stream.codec_context.format
        return beside == "1" or (pixels is not None and any(component.is_alpha for component in pixels.components))


def longest_of_folder(folder: Path) -> Path:
    """The MP4 that lasts longest."""
    return max(folder.glob("*.mp4"), key=_seconds)


def _seconds(clip: Path) -> float:
    with av.open(str(clip)) as container:
        return (container.duration or 0) / av.time_base


def _middle_of(clip: Path) -> Job:
    """By the pictures' own end: where the sound goes on, peers have fewer of them than they are asked for."""
    with open_source(clip, limits=DEFAULT_LIMITS) as source:
        duration, width, height = float(source.duration), source.stream.width, source.stream.height
    seconds = min(3.0, math.floor(10 * duration) / 10)
    small = min(1.0, 640 / max(width, height))
    even = [max(2, 2 * round(edge * small / 2)) for edge in (width, height)]
    start = min(round((_seconds(clip) - seconds) / 2, 1), math.floor(10 * (duration - seconds)) / 10)
    return Job(clip.stem[:24], clip, start, seconds, even[0], even[1], 15)
