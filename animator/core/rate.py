"""Frames a second that are really sampled."""

from fractions import Fraction

from animator.core.order import AnimationSpec
from animator.core.siblings import named

# Browsers show a GIF frame of less than 20 ms for 100 ms.
MAX_GIF_FPS = 50


def rate_of(spec: AnimationSpec) -> Fraction:
    """A GIF, be it the picture or one beside it, holds the others to its own fastest."""
    kinds = (spec.format, *named(spec.siblings))
    return Fraction(min(spec.fps, MAX_GIF_FPS) if "gif" in kinds else spec.fps)


def rate_notes(spec: AnimationSpec) -> tuple[str, ...]:
    """What a person should know of it."""
    if rate_of(spec) == spec.fps:
        return ()
    return (f"Sampled at {MAX_GIF_FPS} frames a second instead of {spec.fps}: browsers slow a faster GIF down.",)
