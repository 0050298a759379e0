"""Whether a picture flashes: more than three times within a second may cause seizures (WCAG 2.3.1).

A flash is a pair of opposing changes in a quarter of the picture at once: of relative luminance by a tenth or more, the
darker of both below 0.8; or of red, R − G − B of linear light, by a sixteenth or more, the redder of both saturated:
four fifths of its light are red. Judged on a coarse grid, the seam included, as pictures loop.
"""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from animator.picture.frames import Shown

WIDTH, HEIGHT = 16, 12
AREA = 0.25
MOST = 3
# Of luminance: how much it changes at least, and from where on both states are too bright to count.
CHANGE, BRIGHT = 0.1, 0.8
# Of red: 20 of 320, as the tools measure it that the criterion was made for; and the share that is saturated.
RED_CHANGE, SATURATED = 20 / 320, 0.8
_LINEAR = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in range(256))]

State = tuple[float, bool]
"""What is measured at a place, and whether a change from it, or to it, counts."""
Grid = list[State]


class Kind(NamedTuple):
    """What may flash: by how much it changes then, and which of both states has to count, the lesser or the other."""

    name: str
    change: float
    lesser_counts: bool

    def is_change(self, low: State, high: State) -> bool:
        return high[0] - low[0] >= self.change and (low if self.lesser_counts else high)[1]


LIGHT = Kind("light", CHANGE, lesser_counts=True)
RED = Kind("red", RED_CHANGE, lesser_counts=False)


class Flashes:
    """Looks at pictures that pass by. `worst` is what flashes most, how often within a second, and from when on."""

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._counts = [_Count(kind, fps) for kind in (LIGHT, RED)]
        self._begins: list[tuple[int, tuple[Grid, Grid]]] = []

    def watched(self, shown: Iterator[Shown], *, ticks: int) -> Iterator[Shown]:
        """The same pictures, and then the first second once more, which follows when the picture loops."""
        for picture in shown:
            grids = _grids(picture)
            if picture.first < self._fps:
                self._begins.append((picture.first, grids))
            self._look(picture.first, grids)
            yield picture
        for first, grids in self._begins:
            self._look(ticks + first, grids)

    @property
    def most(self) -> int:
        """How many flashes a second of them has at most."""
        return max(count.most for count in self._counts)

    @property
    def warning(self) -> str:
        """For a person; "" when all is well."""
        worst = max(self._counts, key=lambda count: count.most)
        if worst.most <= MOST:
            return ""
        times, moment = worst.most, f"{float(worst.at):.1f}"
        if worst.kind is RED:
            return (
                f"It flashes in saturated red {times} times within a second, {moment} s in: more than {MOST} may cause "
                "seizures (WCAG 2.3.1)."
            )
        return (
            f"It flashes {times} times within a second, {moment} s in: more than {MOST} may cause "
            "seizures (WCAG 2.3.1)."
        )

    def _look(self, tick: int, grids: tuple[Grid, Grid]) -> None:
        for count, grid in zip(self._counts, grids, strict=True):
            count.look(tick, grid)


class _Count:
    """Of one kind of flashes: `most` of them are within a second, from `at` on."""

    def __init__(self, kind: Kind, fps: Fraction) -> None:
        self.kind = kind
        self.most, self.at = 0, Fraction(0)
        self._fps = fps
        self._low: Grid = []
        self._high: Grid = []
        self._way = 0
        self._changes: deque[int] = deque()

    def look(self, tick: int, grid: Grid) -> None:
        """Extremes are kept for each place of the grid; most of it changing one way, after the other way, counts."""
        if not self._low:
            self._low, self._high = list(grid), list(grid)
            return
        risen = sum(map(self.kind.is_change, self._low, grid))
        fallen = sum(map(self.kind.is_change, grid, self._high))
        for way, number in ((1, risen), (-1, fallen)):
            if number >= AREA * len(grid) and way != self._way:
                self._way = way
                self._low, self._high = list(grid), list(grid)
                self._count(tick)
                return
        self._low = list(map(min, self._low, grid))
        self._high = list(map(max, self._high, grid))

    def _count(self, tick: int) -> None:
        self._changes.append(tick)
        while tick - self._changes[0] >= self._fps:
            self._changes.popleft()
        if len(self._changes) // 2 > self.most:
            self.most, self.at = len(self._changes) // 2, self._changes[0] / self._fps


def _grids(picture: Shown) -> tuple[Grid, Grid]:
    """Of luminance and of red."""
    small = picture.image.reformat(WIDTH, HEIGHT, "rgb24", interpolation="AREA")
    plane, stride = bytes(small.planes[0]), small.planes[0].line_size
    light, redness = [], []
    for row in (plane[line * stride : line * stride + 3 * WIDTH] for line in range(HEIGHT)):
        for at in range(0, 3 * WIDTH, 3):
            red, green, blue = (_LINEAR[value] for value in row[at : at + 3])
            luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
            light.append((luminance, luminance < BRIGHT))
            redness.append((max(0.0, red - green - blue), red >= SATURATED * (red + green + blue)))
    return light, redness
