"""A loop begins and ends where that is seen least, and says how much is seen."""

import json
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from animator.__main__ import main
from animator.confine.sandbox import Sandbox
from animator.core.errors import InvalidSpec
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.kernel.build import build
from animator.make.estimate import estimate
from animator.make.pipeline import animate
from animator.make.sample import PERIOD, render_sample
from tests.unit.animator.clips import Clip, render


@pytest.fixture(scope="module")
def hills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it repeats every three seconds."""
    build()
    return render_sample(tmp_path_factory.mktemp("clips") / "hills.mp4", seconds=7, width=160, height=90, fps=20)


def order(start: float, end: float, **asked: Any) -> Order:
    spec = AnimationSpec.from_dict({"format": "webp", "fps": 10, "loop": "best", **asked})
    return Order(spec=spec, start=start, end=end)


@pytest.mark.parametrize(("start", "end"), [(1, 3.7), (0, 2.6), (0.5, 3.9), (3.8, 7)])
def test_the_best_loop_of_what_repeats_is_one_period(hills: Path, tmp_path: Path, start: float, end: float) -> None:
    result = animate(hills, tmp_path / "out.webp", order(start, end))
    assert result.duration == PERIOD
    assert result.end - result.start == pytest.approx(PERIOD)
    assert result.seam is not None
    assert result.seam.after < 0.005 < 0.02 < result.seam.before
    assert result.start == pytest.approx(start + result.seam.start)
    assert result.end == pytest.approx(end + result.seam.end)
    assert max(abs(result.seam.start), abs(result.seam.end)) <= 0.5


def test_start_and_end_move_no_further_than_the_slack(hills: Path, tmp_path: Path) -> None:
    result = animate(hills, tmp_path / "out.webp", order(1, 3.6, slack=0.2))
    assert result.seam is not None
    assert max(abs(result.seam.start), abs(result.seam.end)) <= 0.2


def test_a_crossfade_hides_what_is_left_of_the_seam_and_says_so(hills: Path, tmp_path: Path) -> None:
    hard = animate(hills, tmp_path / "hard.webp", order(1, 3.3, slack=0.1)).seam
    faded = animate(hills, tmp_path / "faded.webp", order(1, 3.3, slack=0.1, crossfade=0.5)).seam
    alone = animate(hills, tmp_path / "alone.webp", order(1, 3.3, loop="cut", crossfade=0.5)).seam
    assert hard is not None
    assert faded is not None
    assert alone is not None
    assert faded.before == hard.before == alone.before
    assert faded.after < hard.after / 3
    assert alone.after < alone.before / 3
    assert (alone.start, alone.end) == (0, 0)


def test_the_same_order_gives_the_same_bytes_an_exact_estimate_and_the_same_record_from_a_child(
    hills: Path, tmp_path: Path
) -> None:
    asked = order(1, 3.7, crossfade=0.2, reverse=True)
    first = animate(hills, tmp_path / "a.webp", asked)
    sandbox = Sandbox()
    try:
        again = sandbox.animate(hills, tmp_path / "b.webp", Order(spec=asked.spec, start=1, end=3.7, scored=True))
    finally:
        sandbox.close()
    assert (again.md5, again.seam, again.end) == (first.md5, first.seam, first.end)
    assert again.score is not None
    assert again.score["worst"] > 0.9
    assert estimate(hills, asked).bytes == first.size
    assert Result.from_dict(json.loads(json.dumps(first.as_dict()))) == first


def test_a_loop_never_gets_longer_than_what_passes(hills: Path, tmp_path: Path) -> None:
    asked = order(1, 3.7)
    assert animate(hills, tmp_path / "a.webp", asked, limits=Limits(max_frames=28)).frames <= 27


def test_the_command_says_what_was_done_about_the_seam(
    hills: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--start=1", "--end=3.7", "--loop=best", "--slack=0.3"]
    assert main([str(hills), str(tmp_path / "out.webp"), *options]) == 0
    assert re.search(r"seam 5\.\d% → 0\.\d% of the luma's range, start \+?0 s, end \+0\.3 s", capsys.readouterr().out)


def scenes(path: Path, *, shot: list[int]) -> Path:
    """Half a second of light, the shot's brightnesses, and light again."""
    lights = [220] * 5 + shot + [220] * 10
    frames = []
    for light in lights:
        picture = np.full((96, 128, 3), light, np.uint8)
        picture[40:56, 40:56] = 255 - light
        frames.append(av.VideoFrame.from_ndarray(picture, format="rgb24"))
    clip = Clip(codec="libx264rgb", pixel_format="rgb24", options={"qp": "0"}, rate=10, source=frames)
    return render(path, clip)


def test_no_scene_comes_in_for_a_seam_that_is_hardly_better(tmp_path: Path) -> None:
    """Light before and after the shot would loop without any seam, but with two cuts in the picture."""
    clip = scenes(tmp_path / "calm.mp4", shot=[60, 61, 62, 63, 64, 63, 64, 65, 64, 63])
    result = animate(clip, tmp_path / "out.webp", order(0.5, 1.5))
    assert 0.5 <= result.start < result.end <= 1.5


def test_a_scene_comes_in_where_the_seam_is_truly_better(tmp_path: Path) -> None:
    clip = scenes(tmp_path / "wild.mp4", shot=[20, 40, 55, 70, 85, 100, 115, 130, 145, 160])
    result = animate(clip, tmp_path / "out.webp", order(0.5, 1.5))
    assert result.seam is not None
    assert result.seam.after < 0.01 < 0.2 < result.seam.before
    assert result.start < 0.5
    assert result.end > 1.5


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 0.1), (6.9, 7), (0, 0.3)])
def test_the_shortest_and_the_whole_are_loops_too(hills: Path, tmp_path: Path, start: float, end: float) -> None:
    result = animate(hills, tmp_path / "out.gif", order(start, end, format="gif"))
    assert 0 <= result.start < result.end <= 7
    assert result.seam is not None


def test_nonsense_about_the_slack_is_refused_by_its_name() -> None:
    for value in (0.05, 3, "wide"):
        with pytest.raises(InvalidSpec, match="slack"):
            order(0, 1, slack=value)
