"""What of each picture has to be coded, given what a player already shows."""

from dataclasses import dataclass

import numpy as np
from av import VideoFrame

from animator.webp_blocks import ALPHA, BLOCK, Blocks, Planes, block_size, cut, paste, planes_of, spread
from animator.webp_tolerance import Tolerance


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle to code: its place (multiples of 16), its planes, and which of its blocks show (None: all).

    blend: what is transparent leaves the screen as it is, else it clears it. share: of the screen's blocks, the part
    that is coded here, 0 to 1.
    """

    x: int
    y: int
    planes: Planes
    shown: Blocks | None = None
    blend: bool = False
    share: float = 1.0

    @property
    def width(self) -> int:
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        return int(self.planes[0].shape[0])


class Screen:
    """For each block on screen, the source from which it was last coded (not the source before: drift would add up)."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._planes: Planes = ()

    def update(self, image: VideoFrame) -> Patch | None:
        """Show the image; what has to be coded for that, None if nothing."""
        new = planes_of(image)
        if not self._planes:
            self._planes = tuple(plane.copy() for plane in new)
            return Patch(x=0, y=0, planes=_without_needless_alpha(new))
        changed = self._tolerance.changed(new, self._planes)
        return self._patch(new, changed) if changed.any() else None

    def _patch(self, new: Planes, changed: Blocks) -> Patch:
        rows, columns = _span(changed, axis=1), _span(changed, axis=0)
        part, screen = cut(new, rows=rows, columns=columns), cut(self._planes, rows=rows, columns=columns)
        shown = changed[rows, columns]
        blended = _blended(part, screen, shown=shown)
        if blended is None:
            shown = np.ones_like(shown)
        _show(part, screen, shown=shown)
        return Patch(
            x=columns.start * BLOCK,
            y=rows.start * BLOCK,
            planes=blended or part,
            shown=None if shown.all() else shown,
            blend=blended is not None,
            share=shown.sum() / changed.size,
        )


def _blended(new: Planes, old: Planes, *, shown: Blocks) -> Planes | None:
    """The planes that give `new` in the shown blocks when laid over `old`; None when nothing laid over can do that."""
    if len(new) == ALPHA:
        return new
    visible = spread(shown, new[ALPHA], block=block_size(ALPHA))
    opaque = new[ALPHA] == 255
    if opaque[visible].all():
        return new[:ALPHA]
    if (opaque | (old[ALPHA] == 0))[visible].all():
        return (*new[:ALPHA], np.where(visible, new[ALPHA], np.uint8(0)))
    return None


def _without_needless_alpha(planes: Planes) -> Planes:
    return planes[:ALPHA] if len(planes) > ALPHA and (planes[ALPHA] == 255).all() else planes


def _show(new: Planes, screen: Planes, *, shown: Blocks) -> None:
    for place, (source, target) in enumerate(zip(new, screen, strict=True)):
        paste(source, target, shown=shown, block=block_size(place))


def _span(changed: Blocks, *, axis: int) -> slice:
    places = np.flatnonzero(np.logical_or.reduce(changed, axis=axis))
    return slice(int(places[0]), int(places[-1]) + 1)
