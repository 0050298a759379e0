"""What a picture was made with, so that the same bytes can be made again."""

import shlex
from pathlib import Path
from typing import Any

import av

from animator import kernel
from animator.core.options import words
from animator.core.order import Order
from animator.picture.frames import Canvas

# Raised by hand when the engine's own code begins to make other bytes of the same input.
ENGINE_VERSION = 1


def recipe(order: Order, canvas: Canvas, *, source: Path, target: Path) -> dict[str, Any]:
    """The order, the numbers it came to, the versions that did it, and the command line that repeats it.

    Names without folders: where a service keeps its files is nobody else's business.
    """
    command = ["python", "-m", "animator", source.name, target.name, *words(order.spec), *words(order)]
    return {
        **order.as_dict(),
        "ticks": canvas.ticks,
        "alpha": canvas.alpha,
        "versions": versions(),
        "command": shlex.join(command),
    }


def versions() -> dict[str, str]:
    return {
        "engine": str(ENGINE_VERSION),
        "pyav": av.__version__,
        "ffmpeg": av.ffmpeg_version_info,
        "gif": "kernel" if kernel.available() else "ffmpeg",
    }
