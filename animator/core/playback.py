"""How the pictures of a segment are played: how fast, which way, how often, and what is done about the seam."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from animator.core.errors import ConfigurationUnsupported
from animator.core.timeline import HALF, as_fraction

CUT, BEST, BOUNCE = LOOPS = ("cut", "best", "bounce")
SPEEDS = (0.25, 4.0)
CROSSFADES = (0.1, 1.0)
SLACKS = (0.1, 2.0)
USUAL_SLACK = 0.5
MOST_PLAYS = 100


class Playback(NamedTuple):
    """Fields as AnimationSpec has them. A segment of n ticks is sampled n times, whatever is shown of that."""

    loop: str
    slack: float
    crossfade: float
    loop_count: int
    speed: float
    reverse: bool

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Each field that makes no sense, and why."""
        if self.loop not in LOOPS:
            yield "loop", f"The loop is one of {', '.join(LOOPS)}, not {self.loop!r}."
        if self.slack != 0 and not _lies(self.slack, *SLACKS):
            yield "slack", f"The slack is 0 (0.5) or {SLACKS[0]:g} to {SLACKS[1]:g} seconds, not {self.slack!r}."
        if self.crossfade != 0 and not _lies(self.crossfade, *CROSSFADES):
            low, high = CROSSFADES
            yield "crossfade", f"The crossfade is 0 or {low:g} to {high:g} seconds, not {self.crossfade!r}."
        elif self.crossfade and self.loop == BOUNCE:
            yield "crossfade", "There is no seam for a crossfade where the picture goes there and back (bounce)."
        if not isinstance(self.loop_count, int) or not _lies(self.loop_count, 0, MOST_PLAYS):
            yield "loop_count", f"The loop count is 0 (for ever) or 1 to {MOST_PLAYS}, not {self.loop_count!r}."
        if not _lies(self.speed, *SPEEDS):
            yield "speed", f"The speed is {SPEEDS[0]:g} to {SPEEDS[1]:g}, not {self.speed!r}."
        if not isinstance(self.reverse, bool):
            yield "reverse", f"Reverse must be true or false, not {self.reverse!r}."

    @property
    def holds_all(self) -> bool:
        """Whether the last picture has to be known before another is shown again: all of them lie in memory then."""
        return self.reverse or self.loop == BOUNCE

    def rate(self, fps: Fraction) -> Fraction:
        """How many times a second of the video is sampled for `fps` shown ones."""
        return fps / as_fraction(self.speed)

    def fade(self, fps: Fraction) -> int:
        """Ticks of the crossfade."""
        return max(1, math.floor(as_fraction(self.crossfade) * fps + HALF)) if self.crossfade else 0

    def slack_ticks(self, sampled: int, *, rate: Fraction) -> int:
        """By how many of so many samples start and end may move: by a quarter of them at most, and by one at least."""
        if self.loop != BEST:
            return 0
        return max(1, min(math.floor(as_fraction(self.slack or USUAL_SLACK) * rate), sampled // 4))

    def shown(self, sampled: int, *, fps: Fraction) -> int:
        """Ticks of the picture, of a segment that has so many. Raises ConfigurationUnsupported."""
        if self.loop == BOUNCE:
            return max(1, 2 * sampled - 2)
        fade = self.fade(fps)
        if 2 * fade > sampled:
            raise ConfigurationUnsupported(
                f"A crossfade of {self.crossfade:g} s takes a picture of twice that at least; "
                f"without it this one would last {float(sampled / fps):g} s. Choose a longer segment."
            )
        return sampled - fade


def _lies(value: object, low: float, high: float) -> bool:
    """Whether it is a number from one to the other."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
