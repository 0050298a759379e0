"""Every budget of the engine in one place."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from animator.core.errors import ContentUnsupported, ResultTooLarge
from animator.core.timeline import Segment

GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may cost. Seconds, bytes, pixels; each can be set.

    The first group is judged before the work starts; the second stops a child that misbehaves (confine/sandbox.py).
    """

    max_seconds: float = 300.0
    max_frames: int = 6000
    max_output_pixels: int = 4_000_000_000
    max_output_edge: int = 16383
    max_source_width: int = 8192
    max_source_height: int = 4320
    max_output_bytes: int = 2 * GIB

    memory_bytes: int = 2 * GIB
    cpu_seconds: int = 3600
    wall_seconds: float = 3600.0
    stall_seconds: float = 60.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Limits":
        return cls(**values)

    def check_source(self, width: int, height: int) -> None:
        """Raises ContentUnsupported when a picture of the source has too many pixels, lying or standing."""
        long, short = max(width, height), min(width, height)
        if long > max(self.max_source_width, self.max_source_height) or width * height > self._source_pixels:
            raise ContentUnsupported(
                f"The video's pictures measure {long}x{short} pixels; "
                f"the largest that is taken is {self.max_source_width}x{self.max_source_height}."
            )

    def check_output(self, segment: Segment, *, fps: Fraction, width: int, height: int) -> None:
        """Raises ResultTooLarge, naming the longest segment that would pass, when the output would go over a budget."""
        if max(width, height) > self.max_output_edge:
            raise ResultTooLarge(
                f"The output would measure {width}x{height} pixels; no edge may be longer than {self.max_output_edge}. "
                "Choose a smaller width or height."
            )
        ticks = segment.ticks(fps)
        if segment.duration > self.max_seconds or ticks > self._most_ticks(width, height):
            raise ResultTooLarge(self._too_long(segment, fps=fps, width=width, height=height))

    @property
    def _source_pixels(self) -> int:
        return self.max_source_width * self.max_source_height

    def _most_ticks(self, width: int, height: int) -> int:
        return min(self.max_frames, self.max_output_pixels // (width * height))

    def _too_long(self, segment: Segment, *, fps: Fraction, width: int, height: int) -> str:
        longest = min(self.max_seconds, float(self._most_ticks(width, height) / fps))
        return (
            f"The segment lasts {float(segment.duration):.3f} s, {segment.ticks(fps)} frames of {width}x{height}; "
            f"at this size and {float(fps):g} frames a second the longest that passes is "
            f"{math.floor(longest * 100) / 100:g} s. Choose a shorter segment, a smaller size or a lower frame rate."
        )


DEFAULT_LIMITS = Limits()
