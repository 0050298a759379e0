"""Whoever asks a GIF for more gets more: of bytes and of quality, up to what 255 colours can show."""

import subprocess

import numpy as np
import pytest

from tests.bench.families import OUR_QUALITIES
from tests.bench.peers import FFMPEG
from tests.bench.quality import scores
from tests.bench.rates import SAME, Point, setbacks
from tests.unit.animator.drawn_scenes import HEIGHT, NAMES, WIDTH, drawn
from tests.unit.animator.gif_clips import Picture, at, canvas_for, made, seen

# Below, a smooth gradient that becomes lighter looks better left alone than drawn anew (docs/performance.md).
SKY_FROM = 45
# Twenty steps, and those between which the encoder takes another way (gif/tuning.py).
QUALITIES = sorted({*OUR_QUALITIES, 45.0, 74.0, 75.0, 89.0, 90.0})


def judged(data: bytes, pictures: list[Picture], *, quality: float) -> Point:
    frames = seen(data)
    there = [at(frames, 100 * number + 50)[..., :3] for number in range(len(pictures))]
    ssim, psnr, blur = np.mean([scores(*pair) for pair in zip(pictures, there, strict=True)], axis=0)
    return Point(quality, len(data), ssim, psnr, blur, cpu=0, wall=0)


def at_quality(pictures: list[Picture], quality: float) -> Point:
    return judged(made(pictures, canvas_for(pictures, quality=quality))[0], pictures, quality=quality)


@pytest.mark.parametrize("name", NAMES)
def test_more_quality_is_never_fewer_bytes_or_a_worse_picture(name: str) -> None:
    pictures = drawn(name)
    points = [at_quality(pictures, quality) for quality in QUALITIES if name != "sky" or quality >= SKY_FROM]
    assert setbacks(points) == []
    assert points[-1].size > 1.5 * points[0].size
    assert points[-1].ssim > points[0].ssim + 0.005


def by_ffmpeg(pictures: list[Picture], *, generate: str, use: str) -> bytes:
    """The same pictures through palettegen and paletteuse."""
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "10", "-i", "-"]
    graph = f"split[a][b];[a]palettegen{generate}[p];[b][p]paletteuse=dither=none{use}"
    command = [part for part in FFMPEG if part != "-nostdin"]
    command += [*source, "-filter_complex", graph, "-f", "gif", "-"]
    return subprocess.run(command, input=np.stack(pictures).tobytes(), stdout=subprocess.PIPE, check=True).stdout


@pytest.mark.parametrize("name", ["pan", "hand-held", "grey crowd", "water", "sky"])
def test_the_best_gif_is_as_near_to_its_source_as_any_encoders(name: str) -> None:
    pictures = drawn(name)
    ours = at_quality(pictures, 100)
    for generate, use in (("", ""), ("=stats_mode=single", ":new=1")):
        theirs = judged(by_ffmpeg(pictures, generate=generate, use=use), pictures, quality=0)
        assert ours.ssim >= theirs.ssim - SAME
