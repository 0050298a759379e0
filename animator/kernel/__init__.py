"""The compiled part of the engine: one shared library, loaded at first use."""

from ctypes import CDLL
from functools import cache

from animator.kernel.recipe import library_path


@cache
def library() -> CDLL | None:
    """The compiled kernel; None where it was not built (`python -m animator.kernel.build`) or can't be loaded."""
    try:
        return CDLL(str(library_path()))
    except OSError:
        return None


def available() -> bool:
    """False: pictures take longer and become larger (gif_fallback.py, webp_fallback.py). For the health page."""
    return library() is not None
