"""How far a picture may give way to be no larger than it may be, and in which order."""

import math
from typing import NamedTuple

from animator.core.errors import InvalidSpec

KNOBS = ("quality", "fps", "size")
QUALITY, FPS, EDGE = 30.0, 5, 128
# So much of a finished file may have to be held while another is tried.
MOST_BYTES = 1024**3


class Floors(NamedTuple):
    """The least quality (1–100), frames a second and long edge in pixels.

    `order` names what gives way, one after the other.
    A knob that isn't named stays as it is. What is asked for below its floor stays, too.
    """

    quality: float
    fps: int
    edge: int
    order: tuple[str, ...]

    @classmethod
    def of(cls, quality: float, fps: int, edge: int, *, give_way: str) -> "Floors":
        """0 and "" stand for what is usual."""
        order = tuple(name.strip() for name in give_way.split(",")) if give_way else KNOBS
        return cls(quality or QUALITY, fps or FPS, edge or EDGE, order)

    def check(self) -> None:
        """Raises InvalidSpec."""
        for what, value, most in (
            ("quality", self.quality, 100),
            ("frame rate", self.fps, 60),
            ("edge", self.edge, 4096),
        ):
            if isinstance(value, bool) or not math.isfinite(value) or not 1 <= value <= most:
                raise InvalidSpec(f"The least {what} is between 1 and {most}, not {value!r}.")
        if not set(self.order) <= set(KNOBS) or len(set(self.order)) != len(self.order):
            raise InvalidSpec(
                f"What gives way is named once each, of {', '.join(KNOBS)}, not {','.join(self.order)!r}."
            )
