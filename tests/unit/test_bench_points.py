"""Points of docs/range-*.csv aren't measured again: who changes the engine measures the engine alone."""

from pathlib import Path

import pytest

from tests.bench.jobs import Job, has_alpha
from tests.bench.measure import Meter
from tests.bench.points import Points, Wanted
from tests.bench.range_report import Curve
from tests.bench.range_table import read, written
from tests.bench.rates import Point
from tests.unit.animator.clips import Clip, render

OURS = [Wanted(None, "gif", 30), Wanted(None, "gif", 90)]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job("plain", render(tmp_path / "plain.mp4", Clip()), start=0, seconds=0.5, width=64, height=48, fps=10)


def measured(job: Job, folder: Path) -> list[Point]:
    with Meter() as meter:
        return list(Points(meter, folder, []).of(job, OURS).values())


def test_what_a_table_has_is_not_measured_again(tmp_path: Path, job: Job) -> None:
    points = measured(job, tmp_path / "first")
    table = written([Curve(job.name, str(job), "gif", 'an "encoder", ours', points)])
    with Meter() as meter:
        pass  # it has gone home: whoever asks it for a measurement fails
    again = list(Points(meter, tmp_path / "second", read(table)).of(job, OURS).values())
    assert [(one.quality, one.size, one.key) for one in again] == [(one.quality, one.size, one.key) for one in points]
    assert [one.ssim for one in again] == pytest.approx([one.ssim for one in points], abs=1e-7)
    assert [one.blur for one in again] == pytest.approx([one.blur for one in points], abs=1e-3)


def test_another_file_of_the_same_name_is_measured(tmp_path: Path, job: Job) -> None:
    first = measured(job, tmp_path / "points")
    render(job.clip, Clip(pictures=7))
    second = measured(job, tmp_path / "points")
    assert {one.key for one in first}.isdisjoint(one.key for one in second)


@pytest.mark.parametrize(("name", "clip", "expected"), [
    ("plain.mp4", Clip(), False),
    ("alpha.mov", Clip(codec="qtrle", pixel_format="argb", pictures=8), True),
])  # fmt: skip
def test_clips_with_alpha_are_known(tmp_path: Path, name: str, clip: Clip, expected: bool) -> None:
    assert has_alpha(render(tmp_path / name, clip)) is expected
