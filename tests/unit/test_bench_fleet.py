"""The fleet simulator obeys what must be true of any queue."""

import pytest

from tests.bench.fleet import PEAK, SECONDS_A_JOB, TURNS_A_SECOND, Fleet, simulated

MEAN_LEVEL = 1 + (PEAK - 1) * 2 / 3.141592653589793  # of the sine over its half period


def test_slots_and_database_are_as_busy_as_what_comes_in_takes() -> None:
    fleet = Fleet(400_000, 40)
    found = simulated(fleet)
    comes = fleet.rate * MEAN_LEVEL
    assert found.slots_busy == pytest.approx(comes * SECONDS_A_JOB / fleet.slots, rel=0.1)
    assert found.database_busy == pytest.approx(comes / TURNS_A_SECOND, rel=0.1)
    assert (found.left, round(found.waited_p50, 2)) == (0, 0)


def test_the_same_seed_gives_the_same_figures_and_too_few_slots_a_backlog() -> None:
    few = Fleet(400_000, 3)
    assert simulated(few) == simulated(few) != simulated(few, seed=1)
    assert simulated(few).left > 500
    assert simulated(few).slots_busy > 0.95
