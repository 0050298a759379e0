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
    """Whether the kernel can be used. For the health page.

    Without it pictures take longer and become larger (gif/fallback.py, webp/fallback.py).
    """
    return library() is not None
