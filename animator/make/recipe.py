"""What a picture was made with, so that the same bytes can be made again."""

import shlex
from pathlib import Path
from typing import Any

import av

from animator import kernel
from animator.core.spec import AnimationSpec
from animator.picture.frames import Canvas

# Raised by hand when the engine's own code begins to make other bytes of the same input.
ENGINE_VERSION = 1


def recipe(
    spec: AnimationSpec, canvas: Canvas, *, source: Path, target: Path, start: float | None, end: float | None
) -> dict[str, Any]:
    """The order form, the numbers it came to, the versions that did it, and the command line that repeats it.

    Names without folders: where a service keeps its files is nobody else's business.
    """
    return {
        "spec": spec.as_dict(),
        "start": start or 0,
        "end": end or 0,
        "ticks": canvas.ticks,
        "alpha": canvas.alpha,
        "versions": versions(),
        "command": _command(spec, source=source, target=target, start=start, end=end),
    }


def versions() -> dict[str, str]:
    return {
        "engine": str(ENGINE_VERSION),
        "pyav": av.__version__,
        "ffmpeg": av.ffmpeg_version_info,
        "gif": "kernel" if kernel.available() else "ffmpeg",
    }


def _command(spec: AnimationSpec, *, source: Path, target: Path, start: float | None, end: float | None) -> str:
    words = ["python", "-m", "animator", source.name, target.name, "--format", spec.format, "--fps", str(spec.fps)]
    for name, value in (("width", spec.width), ("height", spec.height), ("start", start), ("end", end)):
        if value:
            words += [f"--{name}={value}"]
    words += [f"--quality={spec.quality:g}"] + ([] if spec.adaptive else ["--no-adaptive"])
    return shlex.join(words)
