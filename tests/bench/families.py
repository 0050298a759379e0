"""Encoders over the whole range of what they can be asked for: each a family of points, from one knob."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.bench.jobs import Job
from tests.bench.peers import (
    Commands,
    gifski,
    gifski_commands,
    img2webp,
    libwebp,
    libwebp_anim,
    palettegen,
)

OURS = "engine"
# From 1 to 100 in twenty steps: our curve, and where quality has to be monotone.
OUR_QUALITIES = tuple(float(round(1 + 99 * step / 19)) for step in range(20))
OUR_QUICK = (1.0, 30.0, 45.0, 60.0, 75.0, 90.0, 95.0, 100.0)


@dataclass(frozen=True, slots=True)
class Family:
    """`qualities` and, for a quick look, `quick` are the knob's values; a single one stands for no knob at all."""

    name: str
    container: str
    commands: Commands
    qualities: tuple[float, ...] = (0,)
    quick: tuple[float, ...] = (0,)


def families(cache: Path) -> list[Family]:
    """Those whose tools can be had here; gifski comes from npm into `cache`. Tells of those that can't."""
    return [*_gif_families(cache), *_webp_families()]


def _gif_families(cache: Path) -> list[Family]:
    plain = palettegen(use="paletteuse=dither=none")
    per_picture = palettegen(generate="palettegen=stats_mode=single", use="paletteuse=dither=none:new=1")
    found = [
        Family("palettegen, sierra2_4a", "gif", palettegen(use="paletteuse=dither=sierra2_4a")),
        Family("palettegen, bayer", "gif", palettegen(use="paletteuse=dither=bayer")),
        Family("palettegen, none", "gif", plain),
        Family("palettegen per frame, none", "gif", per_picture),
    ]
    if tool := gifski(cache):
        commands = gifski_commands(tool)
        found.append(Family("gifski", "gif", commands, (20, 40, 60, 75, 90, 100), (20, 60, 90, 100)))
    else:
        print("Without gifski, which npm could not bring.")
    if (name := _found("gifsicle")) is not None:
        found.append(Family("gifsicle --lossy", "gif", _gifsicle(name, plain), (120, 60, 20), (120, 20)))
    return found


def _webp_families() -> list[Family]:
    steps, quick = (20, 40, 60, 75, 90, 100), (20, 60, 75, 90, 100)
    found = [
        Family("libwebp_anim", "webp", libwebp_anim, steps, quick),
        Family("libwebp, whole frames", "webp", libwebp, steps, quick),
    ]
    if (name := _found("img2webp")) is not None:
        found.append(Family("img2webp -mixed", "webp", img2webp(name, kind="-mixed"), steps, quick))
    if (name := _found("gif2webp")) is not None:
        plain = palettegen(use="paletteuse=dither=none")
        found.append(Family("gif2webp -lossy", "webp", _gif2webp(name, plain), (40, 60, 75, 90), (40, 75)))
    return found


def _found(name: str) -> str | None:
    tool = shutil.which(name)
    if tool is None:
        print(f"Without {name}, which is not here (Debian: apt-get install webp gifsicle).")
    return tool


def _gifsicle(tool: str, first: Commands) -> Commands:
    def commands(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
        whole = work / "whole.gif"
        squeeze = [tool, "--no-warnings", "-O3", f"--lossy={quality:g}", str(whole), "-o", str(target)]
        return [*first(job, whole, work, 0), squeeze]

    return commands


def _gif2webp(tool: str, first: Commands) -> Commands:
    def commands(job: Job, target: Path, work: Path, quality: float) -> list[list[str]]:
        whole = work / "whole.gif"
        return [
            *first(job, whole, work, 0),
            [tool, "-quiet", "-lossy", "-q", f"{quality:g}", str(whole), "-o", str(target)],
        ]

    return commands
