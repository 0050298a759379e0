"""The best seconds of a video: what nobody wants to see is left out, and the reasons are told in words."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from animator.__main__ import main
from animator.confine.sandbox import Sandbox
from animator.core.choice import Choice
from animator.core.errors import InvalidTimeOffset
from animator.core.highlights import Highlights
from animator.core.order import AnimationSpec, Order
from animator.make.highlights import highlights
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, render

RATE, WIDTH, HEIGHT = 10, 192, 108
SCENES = (
    ("black", 2),
    ("title", 3),
    ("pan", 5),
    ("still", 6),
    ("other pan", 6),
    ("fade", 3),
    ("credits", 4),
)
"""Names and seconds."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """29 seconds of SCENES, a key frame each second and a half."""
    return _film(tmp_path_factory.mktemp("film") / "film.mp4", "libx264", {"g": "15", "bf": "2"})


def _film(path: Path, codec: str, options: dict[str, str]) -> Path:
    clip = Clip(codec=codec, rate=RATE, width=WIDTH, height=HEIGHT, options=options, source=_pictures())
    return render(path, clip)


def _pictures() -> Iterator[av.VideoFrame]:
    worlds = {name: _world(seed) for seed, name in enumerate(("pan", "still", "other pan"))}
    for name, seconds in SCENES:
        for number in range(seconds * RATE):
            picture = _picture(name, number, worlds, count=seconds * RATE)
            yield av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")


def _picture(name: str, number: int, worlds: dict[str, NDArray[np.uint8]], *, count: int) -> NDArray[np.uint8]:
    if name == "black":
        return np.full((HEIGHT, WIDTH), 16, np.uint8)
    if name in ("title", "credits"):
        picture = np.full((HEIGHT, WIDTH), 30, np.uint8)
        top = 40 if name == "title" else 90 - number
        picture[max(0, top) : max(0, top + 14), 50:140:3] = 230
        return picture
    if name == "fade":
        return (_picture("other pan", 60, worlds, count=count) * (1 - number / count)).astype(np.uint8)
    left = 0 if name == "still" else 2 * number
    return worlds[name][:, left : left + WIDTH]


def _world(seed: int) -> NDArray[np.uint8]:
    chance = np.random.default_rng(seed)
    coarse = chance.integers(40, 220, (HEIGHT // 12, 4 * WIDTH // 12)).astype(np.uint8)
    return np.kron(coarse, np.ones((12, 12), np.uint8))


def _best(path: Path, *, seconds: float = 2.0, start: float = 0.0, end: float = 0.0, **skip: float) -> Highlights:
    order = Order(spec=AnimationSpec(format="webp", fps=5), start=start, end=end, choice=Choice(auto=seconds, **skip))
    return highlights(path, order)


def _scene(moment: float) -> str:
    for name, seconds in SCENES:
        moment -= seconds
        if moment < 0:
            return name
    return SCENES[-1][0]


def test_what_moves_is_chosen_and_black_titles_stills_fades_and_cuts_are_avoided(film: Path) -> None:
    found = _best(film)
    assert 2 <= len(found.best) <= 3
    for one in found.best:
        assert _scene(one.start) == _scene(one.end - 0.05) in ("pan", "other pan"), found
        assert one.end - one.start == pytest.approx(2)
        assert "it moves" in one.reasons
    starts = sorted(one.start for one in found.best)
    assert all(after - before >= 2 for before, after in pairwise(starts))
    assert [one.score for one in found.best] == sorted((one.score for one in found.best), reverse=True)
    assert {"black", "a title or a plain picture"} <= {one.reason for one in found.avoided}
    assert _best(film) == found


def test_a_cut_is_evaded(film: Path) -> None:
    found = _best(film, start=7, end=12)
    assert [_scene(found.best[0].start), _scene(found.best[0].end - 0.05)] == ["pan", "pan"]
    assert "a cut" in {one.reason for one in found.avoided}


def test_both_ends_can_be_left_out_by_seconds_and_by_shares(film: Path) -> None:
    whole = 29
    for found in (_best(film, start=16), _best(film, skip_first=16 / whole * 100)):
        assert all(one.start >= 15.99 for one in found.best)
    for found in (_best(film, end=-whole + 10), _best(film, skip_last=19 / whole * 100)):
        assert all(one.end <= 10.01 for one in found.best)
    with pytest.raises(InvalidTimeOffset, match="Nothing is left to choose from"):
        _best(film, start=20, skip_last=40)


def test_where_nothing_is_good_the_least_bad_is_taken_and_called_so(film: Path) -> None:
    [only] = _best(film, start=11, end=15.5).best
    assert only.reasons == ("nothing is better, though: a still",)
    [whole] = _best(film, seconds=60).best
    assert (whole.start, whole.end) == (0, 29)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("film.avi", "mpeg4", {"g": "15"}),
        ("film.ts", "libx264", {"g": "15"}),
        ("film.mkv", "libx264", {"g": "600"}),
        ("film.webm", "libvpx", {"g": "15", "deadline": "realtime", "cpu-used": "8"}),
    ],
)
def test_it_is_so_in_every_container(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    for one in _best(_film(tmp_path / name, codec, options)).best:
        assert _scene(one.start) == _scene(one.end - 0.05) in ("pan", "other pan")


def test_the_picture_shows_it_and_its_record_says_why(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.webp"
    assert main([str(film), str(target), "--auto", "2", "--fps", "5", "--skip-first", "50", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    best = told["chosen"]["best"][0]
    assert (told["start"], told["end"], told["frames"]) == (best["start"], best["end"], 10)
    assert told["notes"][0].startswith(f"Chosen: {best['start']:g}–{best['end']:g} s (it moves")
    assert (told["recipe"]["start"], told["recipe"]["choice"]["auto"]) == (best["start"], 0)
    again = Order(spec=AnimationSpec(format="webp", fps=5), start=best["start"], end=best["end"])
    assert animate(film, tmp_path / "again.webp", again).md5 == told["md5"]
    sandbox = Sandbox()
    try:
        order = Order(spec=AnimationSpec(format="webp", fps=5), choice=Choice(auto=2, skip_first=50))
        assert sandbox.highlights(film, order).as_dict()["best"][0]["start"] == best["start"]
        estimate = sandbox.estimate(film, order)
        assert (estimate.bytes, estimate.ticks) == (told["size"], 10)
    finally:
        sandbox.close()


@pytest.mark.parametrize(
    "values",
    [{"auto": 0.4}, {"auto": 61}, {"auto": "3"}, {"skip_first": -1}, {"skip_first": 60, "skip_last": 40}, {"odd": 1}],
)
def test_a_choice_that_makes_no_sense_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidTimeOffset):
        Choice.from_dict(values)
