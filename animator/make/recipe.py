"""What a picture was made with, so that the same bytes can be made again."""

import json
import shlex
from typing import Any

import av
import PIL

from animator import kernel
from animator.core.options import words
from animator.core.order import Order
from animator.kernel.recipe import library_path
from animator.picture.frames import Canvas

# Raised by hand when the engine's own code begins to make other bytes of the same input.
ENGINE_VERSION = 2


def recipe(order: Order, canvas: Canvas, *, source: str, target: str) -> dict[str, Any]:
    """The order, the numbers it came to, the versions that did it, and the command line that repeats it.

    Names without folders: where a service keeps its files is nobody else's business.
    """
    return {
        **order.as_dict(),
        "ticks": canvas.ticks,
        "alpha": canvas.alpha,
        "versions": versions(),
        "command": command(order, source=source, target=target),
    }


def command(order: Order, *, source: str, target: str) -> str:
    return shlex.join(
        [
            "python",
            "-m",
            "animator",
            _word(source),
            _word(target),
            *words(order.spec),
            *words(order),
            *words(order.choice),
        ]
    )


def _word(name: str) -> str:
    """A name that begins like an option is told as one of this folder."""
    return f"./{name}" if name.startswith("-") else name


def versions() -> dict[str, str]:
    return {
        "engine": str(ENGINE_VERSION),
        "pyav": av.__version__,
        "ffmpeg": av.ffmpeg_version_info,
        "gif": "kernel" if kernel.available() else "ffmpeg",
    }


def fingerprint() -> str:
    """Everything besides source and order that the bytes depend on, in one line."""
    told = {**versions(), "pillow": PIL.__version__, "kernel": library_path().stem if kernel.available() else ""}
    return json.dumps(told, sort_keys=True)
