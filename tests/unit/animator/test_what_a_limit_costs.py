"""What a largest size costs, pieces and all: three pictures at most, and the floors' own where that was sure to fit."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from animator.core.errors import ResultTooLarge
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.kernel.build import build
from animator.make.guesses import Guess
from animator.make.pictures import Written, part_of
from animator.make.pipeline import animate
from animator.make.prefetch import ROOM
from animator.make.price import Cost, Price
from animator.make.search import BUDGET, Search, Unfinished
from tests.unit.animator.clips import Clip, Pixels, render
from tests.unit.animator.spent import counted

WIDTH, HEIGHT, RATE = 160, 96, 24
EXAMPLES = int(os.environ.get("ZOETROPE_LIMITS", "12"))


def _soft(seed: int) -> Pixels:
    small = np.random.default_rng(seed).integers(20, 235, (9, 21, 3), np.uint8)
    image = av.VideoFrame.from_ndarray(small, format="rgb24").reformat(width=2 * WIDTH, height=HEIGHT)
    return image.to_ndarray(format="rgb24").astype(np.uint8)


def _flat(number: int) -> Pixels:
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    left = 8 * (number // 12) % 100
    picture[20:60, left : left + 30] = (30, 60, 160)
    return picture


def _noise(number: int) -> Pixels:
    return np.random.default_rng(number).integers(40, 215, (HEIGHT, WIDTH, 3), np.uint8)


def _pan(number: int) -> Pixels:
    return _soft(1)[:, 2 * number % WIDTH :][:, :WIDTH]


def _cuts(number: int) -> Pixels:
    return _soft(number // 9)[:, :WIDTH]


def _still(_: int) -> Pixels:
    return _soft(3)[:, :WIDTH]


SCENES = {"flat": _flat, "noise": _noise, "pan": _pan, "cuts": _cuts, "still": _still}
# One key frame at all, one each second, or no picture that may be left out.
CODED = {
    "long": {"g": "250", "x264-params": "scenecut=0"},
    "keys": {"g": str(RATE)},
    "plain": {"g": "250", "bf": "0"},
}


def _drawn(first: str, then: str, cut: int, count: int) -> Iterator[av.VideoFrame]:
    for number in range(count):
        picture = SCENES[first if number < cut else then](number)
        yield av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format="yuv420p")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build()
    return tmp_path_factory.mktemp("limits")


def _is_at_the_floors(asked: AnimationSpec, made: Result) -> bool:
    floors, settled = asked.floors, AnimationSpec.from_dict(made.recipe["settled"])
    reached = {
        "quality": settled.quality <= floors.quality,
        "fps": settled.fps <= floors.fps,
        "size": max(made.width, made.height) <= floors.edge,
    }
    return all(reached[knob] for knob in floors.order)


@given(
    first=st.sampled_from(sorted(SCENES)),
    then=st.sampled_from(sorted(SCENES)),
    cut=st.sampled_from([24, 60, 84]),
    count=st.sampled_from([96, 120, 192]),
    coded=st.sampled_from(sorted(CODED)),
    kind=st.sampled_from(["gif", "webp"]),
    fps=st.sampled_from([12, 24]),
    quality=st.sampled_from([40, 75, 100]),
    share=st.sampled_from([0.07, 0.15, 0.3, 0.5, 0.7, 0.9]),
    asked=st.sampled_from(
        [{}, {"give_way": "quality"}, {"give_way": "quality,fps"}, {"give_way": "size"}, {"reverse": True}]
    ),
)
@settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_pieces_and_all_that_is_made_for_a_limit_cost_three_pictures_at_most_and_the_floors(
    folder: Path,
    first: str,
    then: str,
    cut: int,
    count: int,
    coded: str,
    kind: str,
    fps: int,
    quality: int,
    share: float,
    asked: dict[str, Any],
) -> None:
    options = {"crf": "20", "preset": "veryfast", **CODED[coded]}
    clip = folder / f"{first}-{then}-{cut}-{count}-{coded}.mp4"
    if not clip.exists():
        shape = Clip(rate=RATE, width=WIDTH, height=HEIGHT, options=options, source=_drawn(first, then, cut, count))
        render(clip, shape)
    target = folder / f"out.{kind}"
    order = Order(spec=AnimationSpec.from_dict({"format": kind, "fps": fps, "quality": quality, **asked}))
    with counted() as one:
        most = max(1, int(animate(clip, target, order).size * share))
    with counted() as spent:
        try:
            result = animate(clip, target, replace(order, spec=replace(order.spec, max_bytes=most)))
        except ResultTooLarge:
            tries, at_the_floors = 4, True
        else:
            assert result.size <= most
            assert result.fitted is not None
            tries, at_the_floors = result.fitted.tries, _is_at_the_floors(order.spec, result)
    # What is decoded ahead of an encoder that gives up isn't known to it.
    ahead = tries * (ROOM + 1) * RATE / fps / count
    # The floors alone may be made when nothing is left: what was sure to fit didn't.
    assert spent.of(one).pictures <= BUDGET + ahead + at_the_floors


def _search(steps: int = 50, *, spent: float = 0.75, floors: float = 0.5, is_kept: bool = False) -> Search:
    """A limit of 1,000 bytes; guessed are from 4,000 bytes down by a twentieth each step. Floors cost so much."""
    guesses = [Guess(float(np.log(4000)) - 0.05 * number) for number in range(steps)]
    costs = [1 - (1 - floors) * number / (steps - 1) for number in range(steps)]
    prices = [Price(cost, int(is_kept)) for cost in costs]
    return Search(1000, guesses, prices, Cost(spent, spent), lambda share: share)


def test_what_may_fail_is_only_made_while_another_can_follow() -> None:
    search = _search(floors=0.9)
    first = search.next()
    assert first is not None
    assert 4000 * np.exp(-0.05 * first) <= 900
    search.give_up(first, Unfinished(0, 1001, 0.95), share=1.0)
    sure = search.next()
    assert sure is not None
    assert first < sure < len(search.guesses) - 1
    assert search.can_pay(search.cost(sure))
    assert not search.can_pay(search.cost(sure), search.cost(sure))


def test_what_has_to_fit_is_given_up_while_the_floors_can_still_be_made() -> None:
    search = _search()
    search.give_up(30, Unfinished(0, 1001, 0.99), share=1.0)
    sure = search.next()
    assert sure is not None
    share = search.patience(sure)
    floors = search.cost(len(search.prices) - 1)
    assert search.can_pay(search.cost(sure, share), floors)
    assert not search.can_pay(search.cost(sure, share + 0.011), floors)
    assert search.is_foreseen_to_fit(Unfinished(0, 490, 0.5))
    assert not search.is_foreseen_to_fit(Unfinished(0, 510, 0.5))


def test_when_nothing_can_be_paid_what_is_far_below_is_made_instead_of_the_floors() -> None:
    """A GIF that might have had half of its bytes had a hundredth: 128 pixels, five a second."""
    search = _search(spent=2.3, floors=0.9)
    search.give_up(20, Unfinished(0, 1001, 0.9), share=0.5)
    assert not search.can_pay(search.cost(len(search.prices) - 1))
    last = search.next()
    assert last is not None
    assert 25 < last < len(search.prices) - 10


def test_another_quality_of_pictures_that_are_kept_costs_no_decoding() -> None:
    for is_kept in (True, False):
        search = _search(is_kept=is_kept)
        search.give_up(20, Unfinished(0, 1001, 0.9), share=0.8)
        assert search.cost(21).decoded == pytest.approx(0.2 if is_kept else 1.0)
        assert search.cost(21).encoded == search.prices[21].encoded


def test_when_nothing_else_can_follow_the_floors_are_made() -> None:
    search = _search(spent=1.0)
    search.give_up(20, Unfinished(0, 1001, 0.9), share=1.0)
    search.give_up(25, Unfinished(0, 1001, 0.9), share=0.8)
    assert search.next() == len(search.guesses) - 1


def test_what_fits_well_enough_or_can_not_be_paid_is_left_as_it_is() -> None:
    for size, spent in ((860, 0.5), (400, 1.9)):
        search = _search(spent=spent)
        search.tell(40, size, lambda share: share)
        assert search.next() is None


def test_a_whole_picture_says_what_those_that_were_given_up_would_have_had() -> None:
    """All of it happens in the last fifth, of which nothing was foreseen."""
    search = _search()
    search.give_up(20, Unfinished(100, 1000, 0.9), share=0.9)
    assert search.sizes[20] == 1211
    late = part_of([Written(100, 1000), *(Written(100 + 10 * number, 1000) for number in range(8)), Written(600, 1000)])
    search.tell(40, 600, late)
    assert search.sizes[20] > 5000


def test_what_comes_after_a_limit_is_shown_by_the_bytes_behind_the_first_picture() -> None:
    part = part_of([Written(100, 100), Written(200, 100), Written(500, 200)])
    assert [part(share) for share in (0.25, 0.5, 1.0)] == [pytest.approx(1 / 12), 0.25, 1.0]
    assert part_of([Written(100, 100)])(0.5) == 0.5
