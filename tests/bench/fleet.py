"""A fleet, simulated from figures that were measured: `python -m tests.bench.fleet [--docs docs]`.

Jobs arrive by a day's curve, wait for a slot, are claimed from the database, worked on, and ended in the database. What
a job takes and what the database can do comes from docs/performance.md; how the jobs spread and when they come is
seeded. Writes the table of docs/scale.md.
"""

import argparse
import heapq
import math
import random
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.bench.document import write_section

SEED = 20261126
# "The service beside the engine": 24 pictures two at a time in 8.7 s (640 px, 3 s, 15 a second, WebP).
SECONDS_A_JOB = 8.7 * 2 / 24
SPREAD = 0.6  # of the logarithm: jobs of J1 to J8 differ by a factor of ten; an assumption
# "Claims at depth": PostgreSQL, a million jobs that wait; four processes on two processors.
TURNS_A_SECOND = 356
DATABASE_LANES = 2  # processors of that machine
PEAK = 2.0  # of the day's mean, for an hour around noon; an assumption
STRETCH = 900.0  # seconds that are simulated, from quiet through the peak


@dataclass(frozen=True, slots=True)
class Fleet:
    """pictures: a day; slots: jobs at once in all workers together; faster: than the measured database."""

    pictures: int
    slots: int
    faster: float = 1.0

    @property
    def rate(self) -> float:
        """A second, the day's mean."""
        return self.pictures / 86400

    @property
    def lane(self) -> float:
        """Seconds of one of the database's lanes, for a claim or an end: half a turn."""
        return DATABASE_LANES / (TURNS_A_SECOND * self.faster) / 2


@dataclass(slots=True)
class Found:
    """Shares of time that were busy; seconds that jobs waited until they were worked on; what waited at the end."""

    slots_busy: float
    database_busy: float
    waited_p50: float
    waited_p99: float
    left: int


class _Database:
    """Whoever asks is served in turn by the lane that is free first."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._free_at = seconds, [0.0] * DATABASE_LANES
        self.busy = 0.0

    def done_at(self, now: float) -> float:
        begun = max(now, heapq.heappop(self._free_at))
        heapq.heappush(self._free_at, begun + self._seconds)
        self.busy += self._seconds if begun < STRETCH else 0
        return begun + self._seconds


def simulated(fleet: Fleet, *, seed: int = SEED) -> Found:
    """STRETCH seconds; the same fleet and seed give the same figures."""
    chance = random.Random(seed)
    database = _Database(fleet.lane)
    waiting: deque[float] = deque()
    waited: list[float] = []
    free, working, number = fleet.slots, 0.0, 0
    moments: list[tuple[float, int, str]] = [(_next_arrival(0.0, fleet, chance), 0, "arrives")]
    while moments[0][0] < STRETCH:
        now, _, what = heapq.heappop(moments)
        number += 1
        if what == "arrives":
            waiting.append(now)
            heapq.heappush(moments, (_next_arrival(now, fleet, chance), number, "arrives"))
        elif what == "worked":
            heapq.heappush(moments, (database.done_at(now), number, "ended"))
        else:
            free += 1
        while free and waiting:
            free -= 1
            claimed, takes = database.done_at(now), _service(chance)
            waited.append(claimed - waiting.popleft())
            working += max(0.0, min(claimed + takes, STRETCH) - min(claimed, STRETCH))
            number += 1
            heapq.heappush(moments, (claimed + takes, number, "worked"))
    cuts = quantiles(waited, n=100)
    return Found(
        slots_busy=working / (fleet.slots * STRETCH),
        database_busy=database.busy / (DATABASE_LANES * STRETCH),
        waited_p50=cuts[49],
        waited_p99=cuts[98],
        left=len(waiting),
    )


def _next_arrival(now: float, fleet: Fleet, chance: random.Random) -> float:
    """Exponential gaps at the rate of this moment: the mean at both ends, PEAK times that in the middle."""
    level = 1 + (PEAK - 1) * math.sin(math.pi * min(now, STRETCH) / STRETCH)
    return now + chance.expovariate(fleet.rate * level)


def _service(chance: random.Random) -> float:
    """Seconds; log-normal about the measured mean."""
    return SECONDS_A_JOB * math.exp(chance.gauss(-(SPREAD**2) / 2, SPREAD))


FLEETS = (
    Fleet(100_000, 4),
    Fleet(1_000_000, 20),
    Fleet(10_000_000, 84),
    Fleet(10_000_000, 200),
    Fleet(10_000_000, 1000),
    Fleet(20_000_000, 1000),
    Fleet(40_000_000, 1000),
    Fleet(40_000_000, 1000, faster=4),
)


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.fleet", description="A fleet, simulated.")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where scale.md is (docs)")
    docs = parser.parse_args().docs
    text = _TEXT.format(
        seed=SEED, minutes=STRETCH / 60, peak=PEAK, mean=SECONDS_A_JOB, turns=TURNS_A_SECOND,
        rows="\n".join(_row(fleet, simulated(fleet)) for fleet in FLEETS),
    )  # fmt: skip
    print(text)
    write_section(docs, "Simulated", text, page="scale.md")


def _row(fleet: Fleet, found: Found) -> str:
    return (
        f"| {fleet.pictures / 1e6:g} million | {fleet.slots:,} | {fleet.faster:g} × | {found.slots_busy:.0%} | "
        f"{found.database_busy:.0%} | {found.waited_p50:.2f} s | {found.waited_p99:.2f} s | {found.left:,} |"
    )


_TEXT = """Seed {seed}, {minutes:g} minutes that rise to {peak:g} times the day's mean and fall again;
{mean:.2f} s a picture and slot, a database that claims and ends {turns} jobs a second.

| pictures a day | slots | database | slots busy | database busy | waited, p50 | waited, p99 | waiting at the end |
|---|---|---|---|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    main()
