"""All that a picture may come to on its way down to a largest size, one small step after the other."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from animator.core.fitted import Moved
from animator.core.order import AnimationSpec

# The long edge shrinks by so much a step; the file by about twice as much.
SHRINK = 0.97


class Rung(NamedTuple):
    """`edge` is the long edge in pixels."""

    quality: float
    fps: int
    edge: int

    def encoded(self, top: "Rung") -> float:
        """How much of the pixels of `top` is encoded for its whole picture."""
        return self.fps / top.fps * (self.edge / top.edge) ** 2

    def moved_from(self, top: "Rung") -> tuple[Moved, ...]:
        pairs = (("quality", top.quality, self.quality), ("fps", top.fps, self.fps), ("size", top.edge, self.edge))
        return tuple(Moved(knob, float(asked), float(used)) for knob, asked, used in pairs if asked != used)


def ladder(spec: AnimationSpec, *, fps: int, width: int, height: int) -> list[Rung]:
    """From what was asked for down to the floors, in the order in which the knobs give way."""
    rungs = [Rung(spec.quality, fps, max(width, height))]
    for knob in spec.floors.order:
        rungs += list(_steps(rungs[-1], knob, spec))
    return rungs


def unlimited(spec: AnimationSpec, *, quality: float, fps: int) -> AnimationSpec:
    """The same at this quality and rate, without a largest size and how it would be kept."""
    return replace(
        spec, quality=quality, fps=fps, max_bytes=0, least_quality=0.0, least_fps=0, least_edge=0, give_way=""
    )


def settled(spec: AnimationSpec, rung: Rung, *, width: int, height: int) -> AnimationSpec:
    """The plain order that a rung stands for, without a largest size, for a picture that was asked for at this size."""
    plain = unlimited(spec, quality=rung.quality, fps=rung.fps)
    if rung.edge == max(width, height):
        return plain
    short = max(1, round(min(width, height) * rung.edge / max(width, height)))
    wide, high = (rung.edge, short) if width >= height else (short, rung.edge)
    return replace(plain, width=wide, height=high, adaptive=False)


def _steps(last: Rung, knob: str, spec: AnimationSpec) -> Iterator[Rung]:
    floors = spec.floors
    if knob == "quality":
        quality = last.quality
        while quality > floors.quality:
            quality = max(floors.quality, float(int(quality - 1e-9)) if quality % 1 else quality - 1)
            yield last._replace(quality=quality)
    elif knob == "fps":
        for fps in range(last.fps - 1, floors.fps - 1, -1):
            yield last._replace(fps=fps)
    else:
        edge = last.edge
        while edge > floors.edge:
            edge = max(floors.edge, min(edge - 1, round(edge * SHRINK / 2) * 2))
            yield last._replace(edge=edge)
