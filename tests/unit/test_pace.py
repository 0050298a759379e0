"""How long a batch takes is told by pictures that were made among as many others, or put right where they weren't."""

from datetime import UTC, datetime, timedelta

import pytest

from media_jobs.batches.pace import ALONE, BETWEEN, Pace, Span, crowds, left

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def span(begin: float, end: float) -> Span:
    return NOON + timedelta(seconds=begin), NOON + timedelta(seconds=end)


def test_what_an_estimate_takes_alone_takes_longer_in_a_batch_that_keeps_all_processors_busy() -> None:
    """It was told 34 to 40 % too short: two slots on two processors aren't twice as fast as one."""
    pace = Pace(slots=2, processors=2)
    assert pace.work(20.0, pictures=20) == pytest.approx(20.0 * ALONE)
    assert pace.work(20.0, pictures=1) == 20.0
    assert Pace(slots=2, processors=8).work(20.0, pictures=20) == 20.0


def test_a_machine_that_others_keep_busy_is_hardly_slower_for_one_picture_more() -> None:
    pace = Pace(slots=2, processors=2, busy=12.0)
    assert 1.0 < pace.slowed(2) / pace.slowed(1) < 1.15


def test_how_many_were_made_beside_a_picture_is_counted_by_the_time_they_shared() -> None:
    spans = [span(0, 10), span(5, 15), span(20, 30)]
    assert crowds(spans, spans) == [1.5, 1.5, 1.0]
    assert crowds([span(3, 3)], spans) == [1.0]


def test_slots_wait_a_little_between_two_pictures_and_for_the_last_one() -> None:
    pace = Pace(slots=2, processors=2)
    assert pace.elapsed(40.0, pictures=20) == pytest.approx(20.0 + 10 * BETWEEN + 0.5)
    assert pace.elapsed(3.0, pictures=1) == pytest.approx(3.0 + BETWEEN)
    assert pace.elapsed(0.0, pictures=0) == 0.0
    assert Pace(slots=0, processors=2).elapsed(3.0, pictures=1) is None


def test_half_as_many_pictures_at_once_as_before_take_less_in_their_slots() -> None:
    pace = Pace(slots=4, processors=4)
    idle = 40.0 / pace.slowed(4)
    assert pace.work(idle, pictures=10) == pytest.approx(40.0)
    assert pace.work(idle, pictures=2) == pytest.approx(40.0 / ALONE)


def test_what_is_left_follows_the_pace_of_the_last_pictures_and_the_time_since() -> None:
    ended = [NOON - timedelta(seconds=2 * number) for number in range(5)]
    assert left(ended, 10, now=NOON + timedelta(seconds=1)) == pytest.approx(19.0)
    assert left(ended, 1, now=NOON + timedelta(seconds=9)) == 0.0
    assert left(ended[:4], 10, now=NOON) is None
