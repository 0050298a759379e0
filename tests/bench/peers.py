"""What a user would run instead: the command lines, with equal scaler flags for all."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from tests.bench.jobs import Job

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-nostdin"]
FLAGS = "lanczos+accurate_rnd+full_chroma_int"
GIFSKI_VERSION = "1.7.1"

# (job, file to write, empty folder to work in, quality) → commands, one after the other
Commands = Callable[[Job, Path, Path, float], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    container: str
    quality: float
    commands: Commands
    qualities: tuple[float, ...] = ()
    """For the rate–distortion plot; empty: a single point."""


def scaled(job: Job) -> list[str]:
    """FFmpeg's arguments up to and with the filters."""
    return [*_cut(job), "-vf", _filters(job)]


def peers(cache: Path) -> list[Peer]:
    """Those that can be had here. gifski comes from npm, into `cache`; img2webp from Debian's package webp."""
    found = [
        Peer("ffmpeg libwebp_anim", "webp", 75, libwebp_anim, (50, 75, 90)),
        Peer("ffmpeg libwebp", "webp", 75, libwebp),
        Peer("Pillow WebP", "webp", 75, _pillow),
        Peer("ffmpeg palettegen", "gif", 0, palettegen()),
        Peer("ffmpeg palettegen, no dither", "gif", 0, palettegen(use="paletteuse=dither=none")),
        Peer("Pillow GIF", "gif", 0, _pillow),
    ]
    if tool := shutil.which("img2webp"):
        found.insert(2, Peer("img2webp", "webp", 75, img2webp(tool)))
    else:
        print("Without img2webp, which is not here (Debian: apt-get install webp).")
    if gifski_tool := gifski(cache):
        found.append(Peer("gifski", "gif", 90, gifski_commands(gifski_tool), (60, 90, 100)))
    else:
        print("Without gifski, which npm could not bring.")
    return found


def _cut(job: Job) -> list[str]:
    return ["-ss", str(job.start), "-t", str(job.seconds), "-i", str(job.clip), "-an"]


def _filters(job: Job) -> str:
    return f"fps={job.fps},scale={job.width}:{job.height}:flags={FLAGS}"


def libwebp_anim(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
    return [[*FFMPEG, *scaled(job), "-c:v", "libwebp_anim", "-quality", f"{quality:g}", "-loop", "0", str(target)]]


def libwebp(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
    return [[*FFMPEG, *scaled(job), "-c:v", "libwebp", "-quality", f"{quality:g}", "-loop", "0", str(target)]]


def palettegen(*, generate: str = "palettegen", use: str = "paletteuse") -> Commands:
    def commands(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
        graph = f"{_filters(job)},split[a][b];[a]{generate}[p];[b][p]{use}"
        return [[*FFMPEG, *_cut(job), "-filter_complex", graph, "-loop", "0", str(target)]]

    return commands


def stills(job: Job, work: Path) -> list[str]:
    return [*FFMPEG, *scaled(job), "-compression_level", "1", str(work / "%05d.png")]


def names(job: Job, work: Path) -> list[str]:
    return [str(work / f"{number:05}.png") for number in range(1, job.ticks + 1)]


def img2webp(tool: str, *, kind: str = "-lossy") -> Commands:
    def commands(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
        pictures = []
        whole, each = ([kind], []) if kind == "-mixed" else ([], [kind])
        for tick, name in enumerate(names(job, work)):
            duration = round((tick + 1) * 1000 / job.fps) - round(tick * 1000 / job.fps)
            pictures += ["-d", str(duration), *each, "-q", f"{quality:g}", name]
        return [stills(job, work), [tool, "-loop", "0", *whole, *pictures, "-o", str(target)]]

    return commands


_PILLOW = """
import pathlib, sys
from PIL import Image
target, work, fps, quality = sys.argv[1:]
pictures = [Image.open(name) for name in sorted(pathlib.Path(work).glob("*.png"))]
ends = [round(tick * 1000 / int(fps)) for tick in range(len(pictures) + 1)]
if target.endswith("gif"):
    ends = [round(end, -1) for end in ends]
durations = [b - a for a, b in zip(ends, ends[1:])]
known = {"quality": int(float(quality))} if target.endswith("webp") else {}
pictures[0].save(target, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **known)
"""


def _pillow(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
    save = [sys.executable, "-c", _PILLOW, str(target), str(work), str(job.fps), f"{quality:g}"]
    return [stills(job, work), save]


def gifski_commands(tool: Path) -> Commands:
    def commands(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
        options = ["--fps", str(job.fps), "-Q", f"{quality:g}", "-W", str(job.width), "-H", str(job.height), "--quiet"]
        return [stills(job, work), [str(tool), *options, "-o", str(target), *names(job, work)]]

    return commands


def gifski(cache: Path) -> Path | None:
    tool = cache / "node_modules/gifski/bin/debian/gifski"
    npm = shutil.which("npm")
    if not tool.exists() and npm:
        cache.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--prefix", str(cache), "--no-audit", "--no-fund", f"gifski@{GIFSKI_VERSION}"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return tool if tool.exists() else None
