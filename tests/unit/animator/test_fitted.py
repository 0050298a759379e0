"""A largest size is kept by every picture or refused by its name, and what gave way for it is told."""

import json
import math
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from animator.__main__ import main
from animator.confine.sandbox import Sandbox
from animator.core.errors import InvalidSpec, ResultTooLarge
from animator.core.fitted import Fitted, Moved
from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.kernel.build import build
from animator.make import fit as fitting
from animator.make import focus as focusing
from animator.make import guesses as guessing
from animator.make import kept as keeping
from animator.make.guesses import Guess, guesses
from animator.make.ladder import ladder
from animator.make.pipeline import animate
from animator.make.price import Cost
from animator.make.sample import render_sample
from animator.make.seam import Seeker
from animator.make.search import Search, Unfinished
from animator.make.seen import Seen
from animator.make.windows import Windows, windows_of
from animator.make.work import Work, taken
from tests.unit.animator.clips import Clip, render


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    build()
    folder = tmp_path_factory.mktemp("clips")
    return {
        "hills": render_sample(folder / "hills.mp4", seconds=3, width=320, height=180, fps=12),
        "standing": render(folder / "standing.mp4", Clip(rotation=90)),
        "one": render(folder / "one.mp4", Clip(pictures=1)),
        "alpha": render(folder / "alpha.mov", Clip(codec="qtrle", pixel_format="argb", pictures=8)),
    }


def order(kind: str = "webp", **asked: Any) -> Order:
    return Order(spec=AnimationSpec.from_dict({"format": kind, "fps": 12, **asked}))


@pytest.fixture(scope="module")
def plain(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("plain")
    return {kind: animate(clips["hills"], folder / f"out.{kind}", order(kind)) for kind in ("gif", "webp")}


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("share", [0.6, 0.2])
def test_what_is_too_large_gives_way_and_uses_what_it_may(
    clips: dict[str, Path], plain: dict[str, Result], tmp_path: Path, kind: str, share: float
) -> None:
    most = int(plain[kind].size * share)
    target = tmp_path / f"out.{kind}"
    result = animate(clips["hills"], target, order(kind, max_bytes=most))
    assert result.fitted is not None
    assert 0.7 * most <= target.stat().st_size == result.size <= most
    assert result.fitted.moved[0].knob == "quality"
    assert result.fitted.sentence == result.notes[-1]
    assert result.fitted.tries <= 4


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_what_is_small_enough_is_the_picture_as_it_was(
    clips: dict[str, Path], plain: dict[str, Result], tmp_path: Path, kind: str
) -> None:
    result = animate(clips["hills"], tmp_path / f"out.{kind}", order(kind, max_bytes=10 * plain[kind].size))
    assert result.md5 == plain[kind].md5
    assert result.fitted == Fitted(max_bytes=10 * plain[kind].size)


def test_what_gives_way_first_can_be_chosen_and_what_is_not_named_stays(
    clips: dict[str, Path], plain: dict[str, Result], tmp_path: Path
) -> None:
    most = plain["webp"].size // 2
    result = animate(clips["hills"], tmp_path / "out.webp", order(max_bytes=most, give_way="size", least_edge=100))
    assert result.fitted is not None
    assert [one.knob for one in result.fitted.moved] == ["size"]
    assert (result.fps, result.size <= most) == (12, True)
    assert abs(result.width / result.height - 320 / 180) < 0.03


def test_what_was_looked_for_once_is_not_looked_for_again_at_each_try(
    clips: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def counted(name: str, look: Any) -> Any:
        def counting(*arguments: Any, **named: Any) -> Any:
            looked.append(name)
            return look(*arguments, **named)

        return counting

    monkeypatch.setattr(Seeker, "seam", counted("seam", Seeker.seam))
    monkeypatch.setattr(focusing, "focus", counted("focus", focusing.focus))
    asked = order(loop="best", fit="smart", width=90, height=90, give_way="quality", least_quality=1)
    whole = animate(clips["hills"], tmp_path / "whole.webp", asked).size
    looked.clear()
    tight = replace(asked, scored=True, spec=replace(asked.spec, max_bytes=whole // 2))
    animate(clips["hills"], tmp_path / "tight.webp", tight)
    assert sorted(looked) == ["focus", "seam"]


@pytest.mark.parametrize(("most", "is_kept"), [(100_000_000, True), (1000, False)])
def test_tries_that_differ_in_their_quality_alone_are_decoded_once_if_their_pictures_can_be_kept(
    clips: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, is_kept: bool
) -> None:
    """A guess of half of what it is makes the first one too large, so that another has to follow."""

    def too_small(*given: Any) -> tuple[list[Guess], Cost]:
        found, spent = guesses(*given)
        return [guess._replace(by_quality=guess.by_quality - 0.7) for guess in found], spent

    asked = order(give_way="quality", least_quality=1)
    whole = animate(clips["hills"], tmp_path / "whole.webp", asked).size
    monkeypatch.setattr(fitting, "guesses", too_small)
    for module in (fitting, guessing, keeping):
        monkeypatch.setattr(module, "MOST_BYTES", most)
    begun: list[AnimationSpec] = []

    def counted(work: Work) -> Any:
        begun.append(work.order.spec)
        return taken(work)

    monkeypatch.setattr(keeping, "taken", counted)
    tight = replace(asked, spec=replace(asked.spec, max_bytes=whole // 2))
    result = animate(clips["hills"], tmp_path / "tight.webp", tight)
    assert result.fitted is not None
    assert result.fitted.tries >= 2
    assert len(begun) == (1 if is_kept else result.fitted.tries)
    settled = Order(spec=AnimationSpec.from_dict(result.recipe["settled"]))
    assert animate(clips["hills"], tmp_path / "again.webp", settled).md5 == result.md5


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_try_that_grows_too_large_is_given_up_on_the_way(
    clips: dict[str, Path], plain: dict[str, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """By a guess of a third of what it is the first try would come to three times what it may."""
    given_up: list[Unfinished] = []
    give_up = Search.give_up

    def too_small(*given: Any) -> tuple[list[Guess], Cost]:
        found, spent = guesses(*given)
        return [guess._replace(by_quality=guess.by_quality - 1.1) for guess in found], spent

    def told(search: Search, number: int, made: Unfinished, **told: Any) -> None:
        given_up.append(made)
        give_up(search, number, made, **told)

    monkeypatch.setattr(fitting, "guesses", too_small)
    monkeypatch.setattr(Search, "give_up", told)
    most = int(plain[kind].size * 0.5)
    result = animate(clips["hills"], tmp_path / f"out.{kind}", order(kind, max_bytes=most))
    assert given_up[0].share < 0.9
    assert result.fitted is not None
    assert (result.size <= most, result.fitted.tries > len(given_up)) == (True, True)
    settled = Order(spec=AnimationSpec.from_dict(result.recipe["settled"]))
    assert animate(clips["hills"], tmp_path / f"again.{kind}", settled).md5 == result.md5


def test_qualities_beside_the_limit_are_tried_where_bytes_follow_no_straight_line(
    clips: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GIF of water has 2.3 times as many bytes at 77 as at 47: of the limit a quarter was used."""
    asked, tried = order(quality=90, give_way="quality", least_quality=20), list[float]()
    size = Windows.size

    def bent(windows: Windows, spec: AnimationSpec) -> tuple[float, float]:
        tried.append(spec.quality)
        return 1000.0 if spec.quality < 80 else 1000.0 * 2 ** (spec.quality - 79), 0.0

    monkeypatch.setattr(Windows, "size", bent)
    monkeypatch.setattr(guessing, "MOST_BYTES", 0)
    monkeypatch.setattr(Windows, "share", 0.1)
    asked = replace(asked, spec=replace(asked.spec, max_bytes=20_000))
    windows = windows_of(
        clips["hills"], asked, limits=DEFAULT_LIMITS, ticks=lambda *_: 16, on_work=lambda: None, seen=Seen()
    )
    rungs = ladder(asked.spec, fps=12, width=320, height=180)
    found, _ = guesses(rungs, windows, asked.spec)
    assert tried[:3] == [20, 55, 90]
    assert all(55 < quality < 90 for quality in tried[3:]) and len(tried) == 5
    monkeypatch.setattr(Windows, "size", size)
    best = next(rung.quality for rung, guess in zip(rungs, found, strict=True) if guess.whole <= math.log(20_000))
    assert abs(best - 83) < 5, "a straight line from 55 to 90 says 69"


def test_what_can_not_be_done_within_the_floors_names_the_smallest_size(clips: dict[str, Path], tmp_path: Path) -> None:
    floors: dict[str, Any] = {"least_quality": 40, "least_fps": 6, "least_edge": 240}
    least = AnimationSpec(format="webp", fps=6, quality=40, width=240, height=135, adaptive=False)
    smallest = animate(clips["hills"], tmp_path / "least.webp", Order(spec=least))
    with pytest.raises(ResultTooLarge, match=f"smallest .* has {smallest.size:,} bytes"):
        animate(clips["hills"], tmp_path / "out.webp", order(max_bytes=500, **floors))
    assert not (tmp_path / "out.webp").exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"max_bytes": -1},
        {"max_bytes": 2**40},
        {"least_quality": 101},
        {"least_fps": 61},
        {"least_edge": -3},
        {"give_way": "colour"},
        {"give_way": "fps,fps"},
        {"give_way": 3},
        {"least_quality": float("nan")},
    ],
)
def test_nonsense_about_sizes_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec):
        order(**asked)


@given(
    name=st.sampled_from(["hills", "standing", "one", "alpha"]),
    kind=st.sampled_from(["gif", "webp"]),
    quality=st.integers(1, 100),
    share=st.floats(0.02, 1.2),
    give_way=st.sampled_from(["", "fps", "size,quality", "fps,size,quality"]),
    edge=st.sampled_from([0, 1, 64]),
    shown=st.sampled_from(
        [
            {},
            {"loop": "best", "speed": 2.0},
            {"loop": "bounce", "crop": "1:1"},
            {"fit": "smart", "width": 90, "height": 90, "reverse": True},
            {"fit": "contain", "width": 90, "height": 90, "background": "transparent"},
        ]
    ),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_largest_size_is_kept_or_refused_and_what_was_settled_on_makes_the_same_bytes(
    clips: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    kind: str,
    quality: int,
    share: float,
    give_way: str,
    edge: int,
    shown: dict[str, Any],
) -> None:
    folder = tmp_path_factory.mktemp("any")
    asked = order(kind, quality=quality, give_way=give_way, least_edge=edge, **shown)
    most = max(1, int(animate(clips[name], folder / f"plain.{kind}", asked).size * share))
    limited = replace(asked, spec=replace(asked.spec, max_bytes=most))
    try:
        result = animate(clips[name], folder / f"out.{kind}", limited)
    except ResultTooLarge as refusal:
        assert f"within {most:,} bytes" in str(refusal)
        return
    assert (folder / f"out.{kind}").stat().st_size == result.size <= most
    assert Result.from_dict(json.loads(json.dumps(result.as_dict()))) == result
    settled = replace(asked, spec=AnimationSpec.from_dict(result.recipe["settled"]))
    assert animate(clips[name], folder / f"again.{kind}", settled).md5 == result.md5


def test_the_same_order_gives_the_same_bytes_in_the_child_and_by_the_recipes_command(
    clips: dict[str, Path], plain: dict[str, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox()
    try:
        told = sandbox.animate(clips["hills"], tmp_path / "a.webp", order(max_bytes=plain["webp"].size // 2))
    finally:
        sandbox.close()
    assert told.fitted is not None
    assert told.fitted.moved[0] == Moved("quality", 75.0, told.recipe["settled"]["quality"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hills.mp4").symlink_to(clips["hills"])
    command = shlex.split(told.recipe["command"])[3:]
    assert main([command[0], "b.webp", *command[2:]]) == 0
    assert (tmp_path / "a.webp").read_bytes() == (tmp_path / "b.webp").read_bytes()


def test_a_plan_of_an_earlier_release_says_nothing_of_what_came_later(clips: dict[str, Path], tmp_path: Path) -> None:
    stored = {"format": "gif", "fps": 10, "width": 320, "height": 0, "quality": 75.0, "adaptive": True}
    spec = AnimationSpec.from_dict(stored)
    assert spec == AnimationSpec(format="gif", fps=10, width=320)
    plan = {"spec": stored, "start": 0.5, "end": 1.5, "scored": False}
    result = animate(clips["hills"], tmp_path / "out.gif", Order.from_dict(plan))
    assert (result.width, result.height, result.duration, result.fitted, result.seam) == (320, 180, 1.0, None, None)


def test_a_crossfade_does_not_forbid_rates_beside_those_at_which_it_is_too_long(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    """0.4 of 0.8 s: half of the ticks at 12 and at 5 a second, more than half at 9."""
    asked = order("gif", width=96, crossfade=0.4, give_way="fps", least_fps=2)
    asked = replace(asked, start=0.0, end=0.8)
    full = animate(clips["hills"], tmp_path / "full.gif", asked)
    for share in (0.8, 0.65, 0.5):
        limited = replace(asked, spec=replace(asked.spec, max_bytes=int(full.size * share)))
        made = animate(clips["hills"], tmp_path / "out.gif", limited)
        assert made.size <= full.size * share
        assert made.fps < full.fps
