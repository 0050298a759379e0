"""What is measured: seconds of a clip at a size and a rate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from animator.sample import render_sample

Picture = NDArray[np.uint8]
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


# engine.md's jobs, for a MEDIA folder that holds these files.
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


def longest_of_folder(folder: Path) -> Path:
    """The MP4 that lasts longest."""
    return max(folder.glob("*.mp4"), key=_seconds)


def _seconds(clip: Path) -> float:
    with av.open(str(clip)) as container:
        return (container.duration or 0) / av.time_base


def _middle_of(clip: Path) -> Job:
    duration = _seconds(clip)
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        width, height = stream.width, stream.height
    seconds = min(3.0, duration)
    small = min(1.0, 640 / max(width, height))
    even = [max(2, 2 * round(edge * small / 2)) for edge in (width, height)]
    return Job(clip.stem[:24], clip, round((duration - seconds) / 2, 1), round(seconds, 1), even[0], even[1], 15)


def rendered_sample(folder: Path) -> Job:
    return Job("sample", render_sample(folder / "sample.mp4", seconds=4), 0.5, 3, 640, 360, 15)


def rendered_jobs(folder: Path) -> list[Job]:
    """Five clips of the kinds people make loops of, rendered here: 960x540 at 30 a second, three seconds."""
    clips: dict[str, Callable[[int], Picture]] = {
        "pan": _camera_pan,
        "still": _still_camera,
        "flat": _flat_graphics,
        "fade": _fading_gradient,
    }
    jobs = [rendered_sample(folder)]
    for name, draw in clips.items():
        clip = folder / f"{name}.mp4"
        _render(clip, (draw(number) for number in range(100)))
        jobs.append(Job(name, clip, 0.2, 3, 640, 360, 15))
    return jobs


_HEIGHT, _WIDTH = 540, 960


def _render(clip: Path, pictures: Iterator[Picture]) -> None:
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "20", "preset": "veryfast", "g": "60"})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _places() -> NDArray[np.float32]:
    places: NDArray[np.float32] = np.mgrid[0:_HEIGHT, 0 : 2 * _WIDTH].astype(np.float32)
    return places


@cache
def _scene() -> NDArray[np.float32]:
    """Something textured and coloured, twice as wide as a picture."""
    down, across = _places()
    waves = 60 * np.sin(across / 37) * np.cos(down / 23) + 40 * np.sin(across * down / 9000)
    grain = np.random.default_rng(1).normal(0, 14, waves.shape).astype(np.float32)
    return np.stack([128 + waves + grain, 118 + waves * 0.6 + grain, 140 - waves * 0.8 + grain], axis=2)


def _noisy(picture: NDArray[np.float32], number: int) -> Picture:
    noise = np.random.default_rng(number).normal(0, 3, picture.shape[:2])[..., None]
    pixels: Picture = (picture + noise).clip(0, 255).astype(np.uint8)
    return pixels


def _camera_pan(number: int) -> Picture:
    return _noisy(_scene()[:, 6 * number : 6 * number + _WIDTH], number)


def _still_camera(number: int) -> Picture:
    picture = _scene()[:, :_WIDTH].copy()
    picture[300:380, 8 * number : 8 * number + 60] = (200, 60, 50)
    picture[150:190, 900 - 5 * number : 940 - 5 * number] = (40, 60, 190)
    return _noisy(picture, number)


def _flat_graphics(number: int) -> Picture:
    picture = np.full((_HEIGHT, _WIDTH, 3), (245, 245, 240), np.uint8)
    for bar in range(6):
        length = int(400 * abs(np.sin(number / 30 + bar)))
        picture[60 + 70 * bar : 100 + 70 * bar, 80 : 80 + length] = (40 * bar, 90, 200 - 30 * bar)
    return picture


def _fading_gradient(number: int) -> Picture:
    light = 0.4 + 0.005 * number
    down, across = _places()
    sky = np.stack([90 + down * 0.2, 120 + down * 0.15, 220 - across * 0.05], axis=2)[:, :_WIDTH]
    pixels: Picture = (sky * light).clip(0, 255).astype(np.uint8)
    return pixels
