"""Clips of the kinds people make loops of, for who has none at hand: drawn here, and by FFmpeg's own sources."""

import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from animator.make.sample import render_sample
from tests.bench.jobs import Job
from tests.bench.peers import FFMPEG

Picture = NDArray[np.uint8]

_SOURCES = {
    "zoom": "mandelbrot=s=1280x720:r=25:end_scale=0.0005:end_pts=200:maxiter=800",
    "card": "testsrc2=s=640x360:r=30",
    "life": "life=s=160x90:r=12:ratio=0.25:mold=8:life_color=#70e0ff:death_color=#203060:mold_color=#101828:seed=7,"
    "scale=640:360:flags=neighbor",
    "glow": "gradients=s=1280x720:r=30:speed=0.02:nb_colors=4:seed=11:type=radial",
    "cells": "cellauto=s=320x180:r=25:rule=110:scroll=1:seed=5,scale=960:540:flags=neighbor",
    "carpet": "sierpinski=s=854x480:r=25:type=carpet:jump=40:seed=9",
}
_SECONDS = 3.5


def rendered_sample(folder: Path) -> Job:
    return Job("sample", render_sample(folder / "sample.mp4", seconds=4), 0.5, 3, 640, 360, 15)


def rendered_jobs(folder: Path) -> list[Job]:
    """The first three seconds of each, 640 pixels wide.

    Not from further in: there FFmpeg's -ss may leave out the picture on screen at that moment, which the engine shows,
    and what is shown is judged by what FFmpeg shows.
    """
    drawings: dict[str, Callable[[int], Picture]] = {
        "pan": _camera_pan,
        "still": _still_camera,
        "flat": _flat_graphics,
        "fade": _fading_gradient,
    }
    clips = {name: folder / f"{name}.mp4" for name in (*drawings, *_SOURCES)}
    for name, draw in drawings.items():
        _render(clips[name], (draw(number) for number in range(round(30 * _SECONDS))))
    for name, source in _SOURCES.items():
        _record(source, clips[name])
    return [rendered_sample(folder), *(Job(name, clip, 0, 3, 640, 360, 15) for name, clip in clips.items())]


def _record(source: str, clip: Path) -> None:
    coder = ["-c:v", "libx264", "-crf", "20", "-preset", "medium", "-pix_fmt", "yuv420p"]
    subprocess.run([*FFMPEG, "-f", "lavfi", "-i", source, "-t", str(_SECONDS), *coder, str(clip)], check=True)


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
