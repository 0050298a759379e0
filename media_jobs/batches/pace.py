"""How long a batch takes: by what pictures took in their slots, and how many were made beside them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# So many processors a picture keeps busy that is made alone: it is decoded, scaled and encoded in threads.
ALONE = 1.35
# Seconds between two pictures in a slot: one is told of, and the next is claimed.
BETWEEN = 0.02

# A batch shows its own pace by so many of its last tasks at most, and at least.
LAST, ENOUGH = 20, 5

Span = tuple[datetime, datetime]
"""When a picture was begun, and when it was there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Of so many slots, which share so many processors with others, who keep some of them `busy`."""

    slots: int
    processors: int
    busy: float = 0.0

    @classmethod
    def of(cls, *, slots: int, running: int) -> "Pace":
        """Just now, while so many pictures are being made. Hosts of workers have as many processors as they have slots,
        or as this one has, and are as busy.
        """
        busy = max(0.0, os.getloadavg()[0] - ALONE * running)
        return cls(slots, max(slots, os.cpu_count() or 1), busy)

    def slowed(self, crowd: float) -> float:
        """How many times as long as on an idle machine a picture takes when so many are made at once."""
        return max(1.0, (ALONE * crowd + self.busy) / self.processors)

    def work(self, idle: float, *, pictures: int) -> float:
        """Seconds in slots of pictures that take so many on an idle machine, one after the other."""
        return idle * self.slowed(min(self.slots or 1, pictures))

    def elapsed(self, work: float, *, pictures: int) -> float | None:
        """Seconds until all are there: at the end slots have nothing left while others are still at it."""
        at_once = min(self.slots, pictures)
        if not at_once:
            return None if pictures else 0.0
        return (work + BETWEEN * pictures) / at_once + work / pictures * (at_once - 1) / (2 * at_once)


def crowds(spans: Iterable[Span], among: Sequence[Span]) -> list[float]:
    """How many of those that they are `among` were made at once, on the mean while each was."""
    return [max(1.0, sum(_shared(one, other) for other in among) / max(1e-6, _shared(one, one))) for one in spans]


def left(ended: Sequence[datetime], number: float, *, now: datetime) -> float | None:
    """Seconds that so many more will take by when the last ones ended, newest first; None while those are too few."""
    if len(ended) < ENOUGH:
        return None
    each = (ended[0] - ended[-1]).total_seconds() / (len(ended) - 1)
    return max(0.0, number * each - (now - ended[0]).total_seconds())


def _shared(one: Span, other: Span) -> float:
    return max(0.0, (min(one[1], other[1]) - max(one[0], other[0])).total_seconds())
