"""Which picture is on screen when: fast and slow, backwards, there and back, faded over the seam."""

import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from animator.__main__ import main
from animator.core.errors import ConfigurationUnsupported, InvalidSpec, ResultTooLarge
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.kernel.build import build
from animator.make.estimate import estimate
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, number_in, render


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, ten pictures each, numbered."""
    build()
    return render(tmp_path_factory.mktemp("clips") / "clip.mp4")


def order(kind: str = "webp", **asked: Any) -> Order:
    return Order(spec=AnimationSpec.from_dict({"format": kind, "fps": 10, "quality": 90, **asked}), start=0, end=1)


def seen(target: Path, *, ticks: int, fps: int = 10) -> list[int]:
    """The number on screen at each tick's middle."""
    shown: list[tuple[float, int]] = []
    clock = 0.0
    with Image.open(target) as image:
        for frame in ImageSequence.Iterator(image):
            pixels = np.asarray(frame.convert("RGB"))
            clock += frame.info.get("duration", 0) / 1000
            shown.append((clock, number_in(pixels)))
    assert clock == pytest.approx(ticks / fps, abs=0.01)
    return [next(number for end, number in shown if end > (tick + 0.5) / fps) for tick in range(ticks)]


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"reverse": True}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ({"speed": 2}, [0, 2, 4, 6, 8]),
        ({"speed": 0.5}, [number // 2 for number in range(20)]),
        ({"fps": 5, "speed": 4}, [3]),
        ({"loop": "bounce"}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"loop": "bounce", "reverse": True, "speed": 2}, [8, 6, 4, 2, 0, 2, 4, 6]),
        ({"loop": "bounce", "speed": 0.5}, [n // 2 for n in range(20)] + [(37 - n) // 2 for n in range(19, 37)]),
    ],
)
def test_each_tick_shows_its_picture(
    clip: Path, tmp_path: Path, kind: str, asked: dict[str, Any], numbers: list[int]
) -> None:
    target = tmp_path / f"out.{kind}"
    made = order(kind, **asked)
    result = animate(clip, target, made)
    assert result.duration == pytest.approx(len(numbers) / made.spec.fps, abs=0.01)
    assert seen(target, ticks=len(numbers), fps=made.spec.fps) == numbers or made.spec.speed == 4
    assert result.frames == 1 + sum(one != other for one, other in pairwise(numbers))


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_crossfade_ends_where_it_begins(clip: Path, tmp_path: Path, kind: str, reverse: bool) -> None:
    """Three ticks are kept back; the last three are mixed of both ends, and what is cleared of the fade is as ever."""
    target = tmp_path / f"out.{kind}"
    animate(clip, target, order(kind, crossfade=0.3, reverse=reverse))
    told = seen(target, ticks=7)
    kept = told[3:] if reverse else told[:4]
    assert kept == ([6, 5, 4, 3] if reverse else [3, 4, 5, 6])


def test_the_last_picture_of_a_crossfade_is_three_quarters_the_one_before_the_first(clip: Path, tmp_path: Path) -> None:
    faded, plain = tmp_path / "faded.webp", tmp_path / "plain.webp"
    animate(clip, faded, order(crossfade=0.3, quality=100))
    animate(clip, plain, order(quality=100))
    with Image.open(faded) as image:
        image.seek(6)
        last = np.asarray(image.convert("L"), np.float64)
    pair = []
    with Image.open(plain) as image:
        for number in (2, 9):
            image.seek(number)
            pair.append(np.asarray(image.convert("L"), np.float64))
    assert np.abs(0.75 * pair[0] + 0.25 * pair[1] - last).mean() < 2


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_what_shows_through_keeps_its_colour_in_a_crossfade(tmp_path: Path, kind: str) -> None:
    source = render(tmp_path / "clip.mov", Clip(codec="qtrle", pixel_format="argb", width=61, height=33))
    result = animate(source, tmp_path / f"out.{kind}", order(kind, crossfade=0.2))
    assert (result.width, result.height, result.duration) == (61, 33, 0.8)


@pytest.mark.parametrize(
    ("asked", "told"),
    [({}, "segment of"), ({"loop": "bounce"}, "there and back holds 10"), ({"reverse": True}, "reverse holds 10")],
)
def test_what_would_not_fit_into_memory_is_refused_and_what_streams_is_not(
    clip: Path, tmp_path: Path, asked: dict[str, Any], told: str
) -> None:
    limits = Limits(max_held_bytes=9 * 128 * 96 * 3 // 2)
    if not asked:
        assert animate(clip, tmp_path / "out.webp", order(), limits=limits).frames == 10
        return
    for door in (animate, lambda source, _, order, limits: estimate(source, order, limits=limits)):
        with pytest.raises(ResultTooLarge, match=told):
            door(clip, tmp_path / "out.webp", order(**asked), limits=limits)


@pytest.mark.parametrize("asked", [{"loop": "bounce"}, {"reverse": True}])
def test_pictures_that_lie_in_memory_for_files_beside_are_counted_too(
    clip: Path, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """Once for all of them, in RGB: three times what a WebP's own take in all. A poster needs none of them."""
    alone, beside = 10 * 128 * 96 * 3 // 2, 10 * 128 * 96 * 3
    for siblings, held in (("", alone), ("poster,poster-webp", alone), ("mp4,gif,poster", alone + beside)):
        wanted = order(**asked, siblings=siblings)
        animate(clip, tmp_path / "out.webp", wanted, limits=Limits(max_held_bytes=held))
        with pytest.raises(ResultTooLarge, match="holds 10 pictures in memory"):
            animate(clip, tmp_path / "out.webp", wanted, limits=Limits(max_held_bytes=held - 1))


@pytest.mark.parametrize(
    "asked", [{"reverse": True}, {"loop": "bounce"}, {"speed": 0.5}, {"crop": "1:1"}, {"crossfade": 0.2}]
)
def test_an_estimate_of_a_whole_picture_is_exact_and_a_score_judges_what_is_played(
    clip: Path, tmp_path: Path, asked: dict[str, Any]
) -> None:
    made = order(**asked)
    result = animate(clip, tmp_path / "out.webp", Order(spec=made.spec, end=1, scored=True))
    assert estimate(clip, made).bytes == result.size
    assert result.score is not None
    assert result.score["worst"] > 0.85


def test_a_crossfade_longer_than_half_of_the_picture_is_refused(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnsupported, match=r"crossfade of 0\.6 s"):
        animate(clip, tmp_path / "out.gif", order("gif", crossfade=0.6))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loop", "round"),
        ("crossfade", 0.05),
        ("crossfade", 1.5),
        ("loop count", 101),
        ("loop count", 1.0),
        ("speed", 0),
        ("speed", 5),
        ("speed", float("nan")),
        ("reverse", 1),
    ],
)
def test_nonsense_about_playing_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(InvalidSpec, match=f"(?i){field}"):
        order(**{field.replace(" ", "_"): value})


def test_a_crossfade_over_no_seam_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="crossfade"):
        order(loop="bounce", crossfade=0.5)


def test_the_posters_picture_is_the_first_that_is_shown(clip: Path, tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], int]] = [({"reverse": True}, 9), ({"crossfade": 0.3}, 3), ({}, 0)]
    for asked, number in cases:
        animate(clip, tmp_path / "out.webp", order(**asked), poster=tmp_path / "poster.webp")
        with Image.open(tmp_path / "poster.webp") as image:
            assert number_in(np.asarray(image.convert("RGB"))) == number


def test_the_recipes_command_says_every_option_and_makes_the_same_bytes(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {
        "crop": "4:3",
        "anchor": "top",
        "fit": "contain",
        "width": 90,
        "height": 90,
        "background": "#ffffff",
    }
    made = order("gif", **asked, crossfade=0.2, speed=0.8, reverse=True, loop_count=3)
    result = animate(clip, tmp_path / "a.gif", made)
    monkeypatch.chdir(clip.parent)
    words = shlex.split(result.recipe["command"])[3:]
    assert main([words[0], str(tmp_path / "b.gif"), *words[2:]]) == 0
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
