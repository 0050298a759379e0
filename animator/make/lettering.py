"""Whether words lie over a picture: strokes that stay where they are while what is behind them moves, or that move up
or down, as credits do, while it doesn't move along.

Letters are close rows of edges, light to dark and dark to light by turns, side by side in a line. Where all of a
picture stands still nothing tells words from what else is there.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Grey levels from one pixel to the next that are an edge; looks in which it has to be at its place.
EDGE, LOOKS = 40, 4
# What goes on so many pixels higher or lower is no letter, but a fence, a stripe, the edge of a house.
TALL = 12
# A cell is so high and wide in pixels; letters have so many edges of either kind in it, and fill so many side by side.
HIGH, WIDE, EITHER, LINE = 8, 16, 6, 3
# Beside the box that words lie in there is so much of a picture, at least.
BESIDE = 0.2
# Of the edges there so many stay, at most, where it is a moving picture. Without so many edges, how many levels its
# pixels differ by is asked.
STAYING, FEW, MOVING = 0.3, 60, 3.0
# What scrolls has so many edges at least, and moves by so many rows from the first to the last of the looks; such a
# share of all edges does.
STROKES, LEAST_SCROLL, MOSTLY = 80, 2, 0.65
# What is behind it, so many pixels away from all edges, would differ by more if it moved along, or by this less.
NEARBY, ALONG = 3, 0.3

Grey = NDArray[Any]
Edges = tuple[Grey, Grey]
"""Where it becomes lighter from left to right, and where darker."""


def lettered(greys: Sequence[Grey]) -> list[bool]:
    """Of each of a stretch's small pictures, one after the other, whether words lie over it."""
    edges = [_edges(grey) for grey in greys]
    found = [False] * len(greys)
    for last in range(LOOKS - 1, len(greys), LOOKS // 2):
        first = last - LOOKS + 1
        if len({grey.shape for grey in greys[first : last + 1]}) > 1:
            continue
        looks = edges[first : last + 1]
        change = np.abs(greys[last].astype(np.int16) - greys[first])[:, 1:]
        if _are_words(_staying(looks), edges[last], change) or _scroll(looks, greys[first], greys[last], change):
            found[first : last + 1] = [True] * LOOKS
    return found


def _edges(grey: Grey) -> Edges:
    steps = np.diff(grey.astype(np.int16), axis=1)
    return steps > EDGE, steps < -EDGE


def _staying(edges: Sequence[Edges]) -> Edges:
    """Those that all looks have."""
    lighter, darker = zip(*edges, strict=True)
    return np.logical_and.reduce(lighter), np.logical_and.reduce(darker)


def _scroll(looks: Sequence[Edges], first: Grey, last: Grey, change: Grey) -> bool:
    """Whether words move up or down, at one pace, over what doesn't move along."""
    rows = [(lighter | darker).sum(axis=1).astype(np.float32) for lighter, darker in looks]
    if min(row.sum() for row in rows) < STROKES:
        return False
    rows = [row - row.mean() for row in rows]
    highest = len(rows[0]) // 3
    shift = max(range(-highest, highest + 1), key=lambda shift: _alike(rows, shift))
    if abs(shift) < LEAST_SCROLL:
        return False
    moved = [_moved_by(edges, -_part(shift, number)) for number, edges in enumerate(looks)]
    stays = _staying([*map(_thick, moved[1:]), moved[0]])
    along = (stays[0] | stays[1]).sum() >= MOSTLY * (moved[0][0] | moved[0][1]).sum()
    if not along or not (_lines(stays, 0) | _lines(stays, HIGH // 2)).any():
        return False
    behind = ~_near(np.logical_or.reduce([*looks[0], *looks[-1], *moved[-1]]))
    behind &= _moved(np.ones_like(behind), -shift)
    if behind.mean() < BESIDE:
        return False
    if_along = np.abs(_moved(last, -shift).astype(np.int16) - first)[:, 1:]
    return bool(change[behind].mean() <= if_along[behind].mean() + ALONG)


def _alike(rows: Sequence[Grey], shift: int) -> float:
    """How much the first rows are like those of the others, which lie so far down at the last."""
    return float(sum(rows[0] @ _moved(row, -_part(shift, number)) for number, row in enumerate(rows) if number))


def _part(shift: int, number: int) -> int:
    return round(shift * number / (LOOKS - 1))


def _moved_by(edges: Edges, down: int) -> Edges:
    return _moved(edges[0], down), _moved(edges[1], down)


def _moved(rows: Grey, down: int) -> Grey:
    """So many rows further down; nothing comes after them."""
    moved = np.zeros_like(rows)
    if down >= 0:
        moved[down:] = rows[: len(rows) - down]
    else:
        moved[:down] = rows[-down:]
    return moved


def _near(edges: Grey) -> Grey:
    """Up to so many pixels away from them."""
    steps = range(-NEARBY, NEARBY + 1)
    rows = np.logical_or.reduce([_moved(edges, step) for step in steps])
    near: Grey = np.logical_or.reduce([_moved(rows.T, step).T for step in steps])
    return near


def _thick(edges: Edges) -> Edges:
    """A row higher and lower, too: nothing moves by whole rows."""
    lighter, darker = (one | _moved(one, 1) | _moved(one, -1) for one in edges)
    return lighter, darker


def _are_words(stays: Edges, now: Edges, change: Grey) -> bool:
    """`change` is by how many levels each pixel differs meanwhile."""
    letters = _lines(stays, 0) | _lines(stays, HIGH // 2)
    if not letters.any():
        return False
    beside = _beside(letters)
    if beside.mean() < BESIDE:
        return False
    edges = (now[0] | now[1]) & beside
    if edges.sum() >= FEW:
        return bool(((stays[0] | stays[1]) & edges).sum() <= STAYING * edges.sum())
    return bool(change[beside].mean() >= MOVING)


def _lines(stays: Edges, top: int) -> Grey:
    """Which pixels lie in lines of letters, whose cells begin `top` pixels down: LINE cells side by side, at least."""
    lighter, darker = (_counted(_short(kind), top) for kind in stays)
    cells = np.minimum(lighter, darker) >= EITHER
    kept = np.zeros_like(cells)
    for left in range(cells.shape[1] - LINE + 1):
        kept[:, left : left + LINE] |= np.logical_and.reduce(cells[:, left : left + LINE], axis=1)[:, None]
    lines = np.zeros_like(stays[0])
    height, width = kept.shape
    lines[top : top + height * HIGH, : width * WIDE] = np.kron(kept, np.ones((HIGH, WIDE), bool))
    return lines


def _short(edges: Grey) -> Grey:
    """Less those that go on TALL pixels above or below."""
    tall = np.zeros_like(edges)
    tall[TALL:] |= edges[:-TALL]
    tall[:-TALL] |= edges[TALL:]
    return edges & ~tall


def _counted(edges: Grey, top: int) -> Grey:
    height, width = (edges.shape[0] - top) // HIGH, edges.shape[1] // WIDE
    cells = edges[top : top + height * HIGH, : width * WIDE].reshape(height, HIGH, width, WIDE)
    counts: Grey = cells.sum(axis=(1, 3))
    return counts


def _beside(letters: Grey) -> Grey:
    """What is at least a cell away from the box around them."""
    rows, columns = (np.flatnonzero(letters.any(axis=axis)) for axis in (1, 0))
    beside = np.ones_like(letters)
    beside[max(0, rows[0] - HIGH) : rows[-1] + HIGH, max(0, columns[0] - WIDE) : columns[-1] + WIDE] = False
    return beside
