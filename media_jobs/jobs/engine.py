"""The engine as this deployment sets it up: one sandbox a process, with the operator's budgets."""

import atexit
from dataclasses import replace
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
    return replace(
        Limits(),
        max_seconds=settings.ZOETROPE_MAX_SEGMENT_SECONDS,
        max_frames=settings.ZOETROPE_MAX_FRAMES,
        max_output_pixels=settings.ZOETROPE_MAX_OUTPUT_PIXELS,
        max_source_width=settings.ZOETROPE_MAX_SOURCE_WIDTH,
        max_source_height=settings.ZOETROPE_MAX_SOURCE_HEIGHT,
    )
