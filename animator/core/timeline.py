"""Offsets to a concrete [start, end), and seconds to ticks: all in exact fractions."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from animator.core.errors import InvalidTimeOffset

HALF = Fraction(1, 2)


class Segment(NamedTuple):
    """The seconds [start, end) of a video, counted from its beginning; of those, where there are `pieces`, only these.

    Pieces are shown one after the other. One without any length is one tick.
    """

    start: Fraction
    end: Fraction
    pieces: tuple["Segment", ...] = ()

    @property
    def duration(self) -> Fraction:
        if self.pieces:
            return sum((piece.duration for piece in self.pieces), Fraction(0))
        return self.end - self.start

    def ticks(self, fps: Fraction) -> int:
        """How many times 1/fps fit, rounded half up; at least one, and at least one of each piece."""
        if self.pieces:
            return sum(piece.ticks(fps) for piece in self.pieces)
        return max(1, math.floor(self.duration * fps + HALF))

    def part(self, begin: int, ticks: int, *, fps: Fraction) -> "Segment":
        """What so many ticks from `begin` on show."""
        if not self.pieces:
            start = self.start + begin / fps
            return Segment(start=start, end=start + ticks / fps)
        found, at = [], 0
        for piece in self.pieces:
            first, last = max(begin, at), min(begin + ticks, at + piece.ticks(fps))
            if first < last:
                found.append(piece.part(first - at, last - first, fps=fps))
            at += piece.ticks(fps)
        return Segment(start=found[0].start, end=found[-1].end, pieces=tuple(found))

    def first_tick(self, moment: Fraction, fps: Fraction) -> int:
        """The first tick whose middle, start + (k + ½)/fps, comes after `moment`: where a picture of then first shows.

        A picture that begins exactly at a middle shows one tick later, as in FFmpeg's fps filter with round=near.
        """
        return max(0, math.floor((moment - self.start) * fps + HALF))

    def first_tick_of_stamps(self, fps: Fraction, *, time_base: Fraction, origin: Fraction) -> Callable[[int], int]:
        """first_tick for stamps of a file's clock, whose second 0 lies at `origin`: the same numbers, by integers."""
        slope, offset = time_base * fps, HALF - (origin + self.start) * fps
        scale = math.lcm(slope.denominator, offset.denominator)
        a, b = int(slope * scale), int(offset * scale)
        return lambda stamp: max(0, (a * stamp + b) // scale)


def resolve(start: float | None, end: float | None, *, duration: Fraction | float) -> Segment:
    """The segment that two offsets in seconds name (docs/protocol 2.3.1, AnimatedGraphicTaskInput).

    0 or None: the beginning for start, the end for end. +n: n seconds from the beginning. −n: n seconds before the end.
    An end past the end is clamped, and so is a start before the beginning (−20 on a clip of ten seconds).
    Raises InvalidTimeOffset when nothing is left.
    """
    length = as_fraction(duration)
    first = max(Fraction(0), _from_beginning(start, length, "start"))
    last = min(length, _from_beginning(end, length, "end") if end else length)
    if first >= length:
        raise InvalidTimeOffset(
            f"The start offset {_seconds(as_fraction(start or 0))} s lies at or past the end of the video, "
            f"which lasts {_seconds(length)} s."
        )
    if first >= last:
        raise InvalidTimeOffset(
            f"The segment would start at {_seconds(first)} s (offset {start or 0}) but end at {_seconds(last)} s "
            f"(offset {end or 0}) of a video that lasts {_seconds(length)} s: the start must come before the end."
        )
    return Segment(start=first, end=last)


def as_fraction(seconds: Fraction | float) -> Fraction:
    """The decimal number that a person wrote (0.1 is one tenth), not the binary one that a float holds."""
    return seconds if isinstance(seconds, Fraction) else Fraction(str(seconds))


def _from_beginning(offset: float | None, length: Fraction, which: str) -> Fraction:
    if not offset:
        return Fraction(0)
    if not math.isfinite(offset):
        raise InvalidTimeOffset(f"The {which} offset must be a number of seconds, not {offset}.")
    return as_fraction(offset) if offset > 0 else length + as_fraction(offset)


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f}".rstrip("0").rstrip(".")
