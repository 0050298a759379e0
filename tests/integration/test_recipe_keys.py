"""A recipe's key: the same for the same bytes, and another one for whatever may make others."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import assume, given

from animator.core.again import alone
from animator.core.choice import Choice
from animator.core.errors import EngineError
from animator.core.order import AnimationSpec, Order
from media_jobs.jobs import recipes
from media_jobs.jobs.recipes import recipe_key
from media_jobs.models import Media
from tests.unit.animator.test_every_option import CASES, CHOICES, USUAL
from tests.unit.animator.test_random_extras import orders

SOURCE = Media(sha256="5" * 64, storage_key="1/2/xxx/v.mp4")
ORDER = Order(spec=AnimationSpec(**USUAL), start=0.2, end=1.4)


@given(one=orders(), other=orders())
def test_two_orders_have_the_same_key_only_when_their_pictures_are_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    try:
        first, second = Order.from_dict(one), Order.from_dict(other)
    except EngineError:
        assume(False)
    again = Order.from_dict(first.as_dict())
    assert recipe_key(SOURCE, first) == recipe_key(SOURCE, again)
    assert (recipe_key(SOURCE, first) == recipe_key(SOURCE, second)) is (alone(first) == alone(second))


@pytest.mark.parametrize(("one", "other"), [(2, 2.0), (0.0, -0.0), (0, -0.0)])
def test_a_number_has_one_key_however_it_is_written(one: float, other: float) -> None:
    assert recipe_key(SOURCE, replace(ORDER, end=one)) == recipe_key(SOURCE, replace(ORDER, end=other))


@pytest.mark.parametrize("name", [*(CASES.keys() - {"siblings"}), *CHOICES])
def test_each_option_is_in_the_key(name: str) -> None:
    value, beside = (CASES | CHOICES)[name]
    if name in CASES:
        without = replace(ORDER, spec=AnimationSpec(**USUAL | beside))
        with_it = replace(without, spec=replace(without.spec, **{name: value}))
    else:
        without = replace(ORDER, choice=Choice(**beside))
        with_it = replace(without, choice=replace(without.choice, **{name: value}))
    assert recipe_key(SOURCE, without) != recipe_key(SOURCE, with_it)


@pytest.mark.parametrize(
    ("beside", "more", "is_same"),
    [
        ("mp4,poster", {}, True),
        ("gif", {}, True),
        ("gif", {"fps": 60}, False),
        ("gif", {"fps": 60, "max_bytes": 9000}, True),
        ("mp4", {"fps": 60}, True),
    ],
)
def test_what_is_made_beside_a_picture_is_in_its_key_only_where_it_changes_it(
    beside: str, more: dict[str, Any], is_same: bool
) -> None:
    """Beside a GIF a picture isn't sampled more than fifty times a second, unless it is made by itself."""
    spec = AnimationSpec(**USUAL | {"format": "webp"} | more)
    keys = {recipe_key(SOURCE, replace(ORDER, spec=replace(spec, siblings=one))) for one in ("", beside)}
    assert (len(keys) == 1) is is_same


@pytest.mark.parametrize(("name", "value"), [("start", 0.3), ("end", 1.5), ("scored", True), ("poster_at", 0.5)])
def test_each_part_of_an_order_is_in_the_key(name: str, value: Any) -> None:
    assert {one.name for one in fields(Order)} == {"spec", "choice", "start", "end", "scored", "poster_at"}
    assert recipe_key(SOURCE, ORDER) != recipe_key(SOURCE, replace(ORDER, **{name: value}))


def test_other_bytes_another_name_for_their_container_and_another_engine_are_in_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = {
        recipe_key(SOURCE, ORDER),
        recipe_key(Media(sha256="6" * 64, storage_key=SOURCE.storage_key), ORDER),
        recipe_key(Media(sha256=SOURCE.sha256, storage_key="1/2/xxx/v.mpg"), ORDER),
    }
    assert recipe_key(Media(sha256=SOURCE.sha256, storage_key="9/8/yyy/v.mp4"), ORDER) in keys
    monkeypatch.setattr(recipes, "fingerprint", lambda: "another")
    keys.add(recipe_key(SOURCE, ORDER))
    assert len(keys) == 4
