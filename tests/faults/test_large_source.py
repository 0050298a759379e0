"""A source that takes several leases to come from its bucket, through real processes: one fetch, one attempt."""

from pathlib import Path

from tests.bench.large_source import MB, measured


def test_a_source_of_200_mb_that_takes_three_leases_is_fetched_once_for_ten_pictures(tmp_path: Path) -> None:
    """`python -m tests.bench.large_source` does so with 10 GB."""
    found = measured(tmp_path, size=200 * MB, rate=15 * MB)
    assert [job[1:4] for job in found.jobs] == [["SUCCESS", "1", "0"]] * 11
    assert (found.given, found.seconds > 12) == (200 * MB, True)
