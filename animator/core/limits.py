"""Every budget of the engine in one place."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from animator.core.errors import ContentUnsupported, ResultTooLarge
from animator.core.timeline import Segment

MIB, GIB = 1024**2, 1024**3


class Limits(NamedTuple):
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
    max_held_bytes: int = GIB // 2

    memory_bytes: int = 2 * GIB
    cpu_seconds: int = 3600
    wall_seconds: float = 3600.0
    stall_seconds: float = 60.0

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()

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

    def check_output(self, segment: Segment, *, fps: Fraction, width: int, height: int, times: int = 1) -> None:
        """Raises ResultTooLarge, naming the longest segment that would pass, when the output would go over a budget.

        `fps` is of a second of the video, and each of those pictures is shown so many `times`.
        """
        if max(width, height) > self.max_output_edge:
            raise ResultTooLarge(
                f"The output would measure {width}x{height} pixels; no edge may be longer than {self.max_output_edge}. "
                "Choose a smaller width or height."
            )
        ticks = segment.ticks(fps)
        most = self._most_ticks(width, height) // times
        if segment.duration > self.max_seconds or ticks > most:
            raise ResultTooLarge(self._too_long(segment, fps=fps, size=f"{width}x{height}", most=most))

    def check_held(self, pictures: int, *, size: int, what: str) -> None:
        """Raises ResultTooLarge when `what` takes more pictures of `size` bytes in memory than may lie there."""
        if pictures * size > self.max_held_bytes:
            raise ResultTooLarge(
                f"{what} holds {pictures} pictures in memory, {pictures * size / MIB:,.0f} MiB; at this size at most "
                f"{self.max_held_bytes // size} pass ({self.max_held_bytes / MIB:,.0f} MiB). "
                "Choose a shorter segment, a smaller size or a lower frame rate."
            )

    def check_stills(self, count: int, *, width: int, height: int) -> None:
        """Raises ResultTooLarge when so many stills of this size would go over a budget."""
        if count * width * height > self.max_output_pixels:
            raise ResultTooLarge(
                f"{count} stills of {width}x{height} are more pixels than the {self.max_output_pixels:,} that pass. "
                "Choose a longer interval or a smaller size."
            )

    def longest(self, *, fps: Fraction, width: int, height: int) -> float:
        """So many seconds pass, of a picture of this size."""
        return self._seconds(self._most_ticks(width, height), fps)

    def _seconds(self, ticks: int, fps: Fraction) -> float:
        return math.floor(min(self.max_seconds, float(ticks / fps)) * 100) / 100

    @property
    def _source_pixels(self) -> int:
        return self.max_source_width * self.max_source_height

    def _most_ticks(self, width: int, height: int) -> int:
        return min(self.max_frames, self.max_output_pixels // (width * height))

    def _too_long(self, segment: Segment, *, fps: Fraction, size: str, most: int) -> str:
        return (
            f"The segment lasts {float(segment.duration):.3f} s, {segment.ticks(fps)} frames of {size}; "
            f"at this size and {float(fps):g} frames a second the longest that passes is "
            f"{self._seconds(most, fps):g} s. Choose a shorter segment, a smaller size or a lower frame rate."
        )


DEFAULT_LIMITS = Limits()
