"""Whether a picture flashes: more than three times within a second may cause seizures (WCAG 2.3.1).

A flash is a pair of opposing changes, at once in a quarter of what a person looks at: 341 x 256 pixels anywhere, or all
of a smaller picture, which may be shown larger. They are of relative luminance by a tenth or more, the darker of both
below 0.8; or of red, R − G − B of linear light, by a sixteenth or more, the redder of both saturated: four fifths of
its light are red. Judged on a coarse grid, over as many turns as a second shows.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from av import VideoFrame

from animator.picture.frames import Shown

# Ten degrees of what is seen, in pixels as they are usually looked at, and the share of them that has to flash.
WIDE, HIGH = 341, 256
AREA = 0.25
# The grid has so many columns and rows at least, and so many where a person looks.
COLUMNS, ROWS = 16, 12
LOOKED_AT = 8, 6
MOST = 3
# Of luminance: how much it changes at least, and from where on both states are too bright to count.
CHANGE, BRIGHT = 0.1, 0.8
# Of red: 20 of 320, as the tools measure it that the criterion was made for; and the share that is saturated.
RED_CHANGE, SATURATED = 20 / 320, 0.8
_LINEAR = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in range(256))]
# As the greater of two states this one makes no change.
_NEVER = -1.0
# No change begins above what is bright: as if nothing were brighter than this.
_BRIGHTEST = math.nextafter(BRIGHT + CHANGE, 0.0)

Window = tuple[int, int]
"""The place of its first column and row."""


class Grid(NamedTuple):
    """Of one kind of light at each place, row by row: what it is as the lesser of two states, and as the greater."""

    low: list[float]
    high: list[float]


class Flashes:
    """Looks at pictures that pass by. `warning` tells of what flashes most, how often within a second, and when."""

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._begins: list[tuple[int, tuple[Grid, Grid]]] = []
        self._light, self._red = _Count(CHANGE, fps), _Count(RED_CHANGE, fps)
        self._ticks = 1

    def watched(self, shown: Iterator[Shown], *, ticks: int, turns: int = 0) -> Iterator[Shown]:
        """The same pictures; then what follows within a second when they are shown again, for ever or `turns` times."""
        field = None
        for picture in shown:
            field = field or Field.of(picture.image)
            grids = field.grids(picture.image)
            if picture.first < self._fps:
                self._begins.append((picture.first, grids))
            self._look(picture.first, grids, field)
            yield picture
        self._ticks = ticks
        if field and len(self._begins) > 1:
            self._show_again(field, turns or math.inf)

    @property
    def most(self) -> int:
        """How many flashes a second of them has at most."""
        return max(self._light.most, self._red.most)

    @property
    def warning(self) -> str:
        """For a person; "" when all is well."""
        if self.most <= MOST:
            return ""
        worst = max(self._light, self._red, key=lambda count: count.most)
        times, moment = worst.most, f"{float(worst.tick % self._ticks / self._fps):.1f}"
        if worst is self._red:
            return (
                f"It flashes in saturated red {times} times within a second, {moment} s in: more than {MOST} may cause "
                "seizures (WCAG 2.3.1)."
            )
        return (
            f"It flashes {times} times within a second, {moment} s in: more than {MOST} may cause "
            "seizures (WCAG 2.3.1)."
        )

    def _show_again(self, field: "Field", turns: float) -> None:
        turn = 1
        while turn < turns:
            for first, grids in self._begins:
                if turn * self._ticks + first >= self._ticks + self._fps:
                    return
                self._look(turn * self._ticks + first, grids, field)
            turn += 1

    def _look(self, tick: int, grids: tuple[Grid, Grid], field: "Field") -> None:
        for count, grid in zip((self._light, self._red), grids, strict=True):
            count.look(tick, grid, field)


@dataclass(frozen=True, slots=True)
class Field:
    """The grid of a picture, the part of it that is looked at, and how many places of that have to change."""

    columns: int
    rows: int
    wide: int
    high: int
    enough: float

    @classmethod
    def of(cls, image: VideoFrame) -> "Field":
        columns = max(COLUMNS, math.ceil(image.width * LOOKED_AT[0] / WIDE))
        rows = max(ROWS, math.ceil(image.height * LOOKED_AT[1] / HIGH))
        wide = min(WIDE, image.width) * columns / image.width
        high = min(HIGH, image.height) * rows / image.height
        return cls(columns, rows, math.ceil(wide), math.ceil(high), AREA * wide * high)

    def grids(self, image: VideoFrame) -> tuple[Grid, Grid]:
        """Of luminance and of red."""
        small = image.reformat(self.columns, self.rows, "rgb24", interpolation="AREA")
        plane, stride, width = bytes(small.planes[0]), small.planes[0].line_size, 3 * self.columns
        packed = b"".join(plane[line * stride : line * stride + width] for line in range(self.rows))
        red, green, blue = ([_LINEAR[value] for value in packed[colour::3]] for colour in range(3))
        light = [
            min(_BRIGHTEST, 0.2126 * r + 0.7152 * g + 0.0722 * b) for r, g, b in zip(red, green, blue, strict=True)
        ]
        redness = [max(0.0, r - g - b) for r, g, b in zip(red, green, blue, strict=True)]
        saturated = [
            much if much and r >= SATURATED * (r + g + b) else _NEVER
            for much, r, g, b in zip(redness, red, green, blue, strict=True)
        ]
        return Grid(light, light), Grid(redness, saturated)

    def windows(self, changed: Sequence[bool]) -> list[Window]:
        """Those of which enough has changed."""
        if sum(changed) < self.enough:
            return []
        lines = [changed[at : at + self.columns] for at in range(0, len(changed), self.columns)]
        sums = [[0, *accumulate(line)] for line in lines]
        across = [[end - begin for begin, end in zip(line, line[self.wide :], strict=False)] for line in sums]
        return [
            (column, row)
            for row in range(self.rows - self.high + 1)
            for column, several in enumerate(zip(*across[row : row + self.high], strict=True))
            if sum(several) >= self.enough
        ]

    def places(self, windows: Sequence[Window]) -> set[int]:
        """All that are in any of these windows."""
        lines = {(column, row + down) for column, row in windows for down in range(self.high)}
        return {row * self.columns + column + right for column, row in lines for right in range(self.wide)}


class _Count:
    """Of one kind of flashes: `most` of them are within a second, from `tick` on."""

    def __init__(self, change: float, fps: Fraction) -> None:
        self.most, self.tick = 0, 0
        self._change, self._fps = change, fps
        self._low: list[float] = []
        self._high: list[float] = []
        self._ways: dict[Window, int] = {}
        self._changes: dict[Window, deque[int]] = {}

    def look(self, tick: int, grid: Grid, field: Field) -> None:
        """Extremes are kept for each place; enough of a window changing one way, after the other way, counts."""
        if not self._low:
            self._low, self._high = list(grid.low), list(grid.high)
            return
        changed: dict[Window, int] = {}
        for way, lows, highs in ((1, self._low, grid.high), (-1, grid.low, self._high)):
            places = [high - low >= self._change for low, high in zip(lows, highs, strict=True)]
            for window in field.windows(places):
                if self._ways.get(window) != way:
                    changed.setdefault(window, way)
        self._low = list(map(min, self._low, grid.low))
        self._high = list(map(max, self._high, grid.high))
        if not changed:
            return
        self._ways |= changed
        for window in changed:
            self._count(tick, self._changes.setdefault(window, deque()))
        for place in field.places(list(changed)):
            self._low[place], self._high[place] = grid.low[place], grid.high[place]

    def _count(self, tick: int, changes: deque[int]) -> None:
        changes.append(tick)
        while tick - changes[0] >= self._fps:
            changes.popleft()
        if len(changes) // 2 > self.most:
            self.most, self.tick = len(changes) // 2, changes[0]
