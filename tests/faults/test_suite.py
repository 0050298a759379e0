"""A short turn of the fault suite (`make faults` has all of it), and of the made files (`make corpus`)."""

from pathlib import Path

import pytest

from tests.corpus.made import made
from tests.corpus.run import Canary, through
from tests.faults.suite.run import FAULTS, run_setup

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("faults")]

SHORT = {"F6", "F9", "F18"}


def test_a_few_faults_under_load_lose_nothing_and_make_nothing_twice(tmp_path: Path) -> None:
    found = list(run_setup("sqlite", tmp_path, only=SHORT, scale=0.05, seed=20261126))
    assert len(found) == len(SHORT)
    assert all(figures.n and figures.survived for figures in found), found


def test_every_fault_of_the_document_that_the_suite_can_bring_about_is_in_it() -> None:
    """F1 to F24."""
    assert {fault.mark for fault in FAULTS} == {f"F{number}" for number in range(1, 25)}


def test_the_same_files_are_made_each_time_and_enough_kinds_of_them(tmp_path: Path) -> None:
    with Canary(tmp_path) as canary:
        files = list(made(tmp_path, canary=canary))
        names = [name for name, _ in files]
        assert len(set(names)) == len(names) >= 400
        assert files == list(made(tmp_path, canary=canary))


def test_bad_files_hurt_nobody(tmp_path: Path) -> None:
    """One in forty: what a test has time for."""
    with Canary(tmp_path) as canary:
        files = [file for number, file in enumerate(made(tmp_path, canary=canary)) if number % 40 == 20]
        outcomes = through(files, folder=tmp_path / "instance", canary=canary)
    assert outcomes.ended.total() == len(files)
    assert outcomes.sound, outcomes.table()
