"""What a picture was made with, so that the same bytes can be made again."""

import json
from pathlib import PurePosixPath
from typing import Any

import av

from animator import kernel
from animator.core.again import command
from animator.core.order import Order
from animator.kernel.recipe import library_path
from animator.picture.frames import Canvas

# Raised by hand when the engine's own code begins to make other bytes of the same input.
ENGINE_VERSION = 16
# Of the libraries in a process those that read, scale or write pictures: how their names begin.
CODECS = (
    *("libavcodec", "libavfilter", "libavformat", "libavutil", "libswscale"),
    *("libx264", "libvpx", "libSvtAv1", "libaom", "libdav1d", "libwebp", "libsharpyuv", "libtheora"),
)
# What Pillow writes stills with, by its own names.
STILLS = ("webp", "jpg", "libjpeg_turbo", "zlib")


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


def versions() -> dict[str, str]:
    return {
        "engine": str(ENGINE_VERSION),
        "pyav": av.__version__,
        "ffmpeg": av.ffmpeg_version_info,
        "gif": "kernel" if kernel.available() else "ffmpeg",
    }


def fingerprint() -> str:
    """Everything besides source and order that the bytes depend on, in one line.

    FFmpeg's version says nothing of the codecs that it hands on to, which a system may renew without it. Pillow's are
    asked for first: they are loaded by that, and so the line is the same whatever was made before.
    """
    # They take a while to import, and are asked once.
    from importlib.metadata import version

    import PIL
    from PIL import features

    from animator.make.loaded import loaded_libraries

    told = {
        **versions(),
        "pillow": [PIL.__version__, *(features.version(name) or "" for name in STILLS)],
        "numpy": version("numpy"),
        "kernel": library_path().stem if kernel.available() else "",
        "codecs": sorted({PurePosixPath(path).name for path in loaded_libraries() if _is_codec(path)}),
    }
    return json.dumps(told, sort_keys=True)


def _is_codec(path: str) -> bool:
    return PurePosixPath(path).name.startswith(CODECS)
