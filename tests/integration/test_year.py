"""A year in small: what was done long ago makes no page, list or look slower, and no file larger.

`make year` is the same with more jobs. Steps of SQLite's machine are counted, which no other load changes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MORE = 1.2
A_FEW = 1500  # steps: twenty more rows of a list


@pytest.mark.timeout(280)
def test_after_a_year_every_list_reads_what_it_read_before_and_the_files_stay_as_they_are() -> None:
    command = ["-m", "tests.bench.year", "--jobs", "6000", "--days", "130", "--rounds", "1", "--json"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    first, full, last = json.loads(done.stdout.splitlines()[-1])
    assert len(last["steps"]) > 60
    for size in ("rows", "database", "broker"):
        assert last[size] <= 1.02 * full[size], size
    slower = {name: (full["steps"][name], steps) for name, steps in last["steps"].items() if _more(steps, full, name)}
    assert not slower
    # Against the first day, when a tenth of it was there, only what counts or tells all may read more than a page full.
    grown = {name for name, steps in last["steps"].items() if _more(steps, first, name)}
    counting = {
        "console batches",
        "console overview",
        "console media",
        "console quota",
        "console tasks",
        "console usage",
    }
    by_use = {"console templates", "console flows"}
    of_all = {"rest media-list", "rest output-list", "rest uploads", "rest quota", "console media-export"}
    assert grown <= counting | by_use | of_all


def _more(steps: int, before: dict[str, dict[str, int]], name: str) -> bool:
    return steps > MORE * before["steps"][name] + A_FEW
