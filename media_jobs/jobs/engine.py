"""The engine as this deployment sets it up: one sandbox a process, with the operator's budgets."""

import atexit
from fractions import Fraction
from functools import cache

from django.conf import settings

from animator.confine.sandbox import Sandbox
from animator.core.limits import Limits


@cache
def sandbox() -> Sandbox:
    """Its warm child server starts with the first job and ends with this process."""
    made = Sandbox(limits=limits())
    atexit.register(made.close)
    return made


def limits() -> Limits:
    return Limits(
        max_seconds=settings.ZOETROPE_MAX_SEGMENT_SECONDS,
        max_frames=settings.ZOETROPE_MAX_FRAMES,
        max_output_pixels=settings.ZOETROPE_MAX_OUTPUT_PIXELS,
        max_source_width=settings.ZOETROPE_MAX_SOURCE_WIDTH,
        max_source_height=settings.ZOETROPE_MAX_SOURCE_HEIGHT,
    )


@cache
def fingerprint() -> str:
    """What makes the same bytes of the same order has the same: asked of a child, which alone knows its codecs.

    Raises EngineError.
    """
    return str(sandbox().run("fingerprint", {})["fingerprint"])


def longest(*, fps: int, width: int, height: int) -> float:
    """Seconds that a picture may last here."""
    return limits().longest(fps=Fraction(fps), width=width, height=height)
