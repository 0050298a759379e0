"""An order says the same wherever it goes: through JSON, a stored plan, a recipe's command line."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animator.__main__ import _order, _parser
from animator.core.choice import Choice
from animator.core.errors import InvalidSpec, InvalidTimeOffset
from animator.core.options import words
from animator.core.order import AnimationSpec, Order

OFFSETS = st.floats(-1e6, 1e6, allow_nan=False)
ORDERS = st.builds(
    Order,
    spec=st.builds(
        AnimationSpec,
        format=st.sampled_from(["gif", "webp"]),
        fps=st.integers(1, 60),
        width=st.integers(0, 4096),
        height=st.integers(0, 4096),
        quality=st.floats(1, 100),
        adaptive=st.booleans(),
        effort=st.integers(1, 3),
    ),
    start=OFFSETS,
    end=OFFSETS,
    scored=st.booleans(),
    poster_at=st.none() | OFFSETS,
)
# As the first release stored a step of a plan, and no field was added since without a default.
FIRST_RELEASE = {
    "definition": 30001,
    "label": "Small GIF",
    "spec": {"format": "gif", "fps": 5, "width": 160, "height": 0, "quality": 75.0, "adaptive": True},
    "start": 0.5,
    "end": -2.0,
    "scored": True,
}


@given(order=ORDERS)
@settings(deadline=None)
def test_an_order_comes_back_from_json_as_it_was(order: Order) -> None:
    assert Order.from_dict(json.loads(json.dumps(order.as_dict()))) == order


@given(order=ORDERS)
@settings(deadline=None)
def test_the_command_line_of_an_order_asks_for_the_same_order(order: Order) -> None:
    arguments = ["clip.mp4", "out.bin", "--poster", "still.jpg", *words(order.spec), *words(order)]
    assert _order(_parser().parse_args(arguments)) == order


def test_every_field_of_an_order_can_be_asked_for_on_the_command_line() -> None:
    options = vars(_parser().parse_args(["clip.mp4", "out.gif"]))
    asked = {field.name for form in (AnimationSpec, Order, Choice) for field in fields(form)} - {"spec", "choice"}
    assert asked <= options.keys()


def test_a_plan_of_the_first_release_is_still_an_order() -> None:
    stored = {name: FIRST_RELEASE[name] for name in ("spec", "start", "end", "scored")}
    order = Order.from_dict(stored)
    assert (order.spec.format, order.start, order.end, order.scored) == ("gif", 0.5, -2.0, True)
    assert order.spec.effort == 2


@pytest.mark.parametrize("changes", [{"start": float("nan")}, {"end": float("inf")}, {"poster_at": float("nan")}])
def test_an_offset_that_is_no_number_is_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTimeOffset, match=next(iter(changes)).partition("_")[0]):
        Order(spec=AnimationSpec(format="gif", fps=10), **changes)


@pytest.mark.parametrize("values", [{}, {"spec": {"format": "gif", "fps": 10}, "colour": "red"}])
def test_what_is_no_order_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec):
        Order.from_dict(values)
