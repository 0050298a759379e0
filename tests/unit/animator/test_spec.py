"""The order form and the size rule of docs/protocol 2.1."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animator.core.errors import InvalidSpec
from animator.core.order import AnimationSpec

LYING, STANDING = (1920, 1080), (1080, 1920)


def spec(**changes: Any) -> AnimationSpec:
    return AnimationSpec(**{"format": "gif", "fps": 10, **changes})


@pytest.mark.parametrize(
    ("wanted", "source", "size"),
    [
        ({}, LYING, (1920, 1080)),
        ({}, (853, 481), (853, 481)),
        ({"width": 640}, LYING, (640, 360)),
        ({"width": 640}, STANDING, (360, 640)),
        ({"height": 360}, LYING, (640, 360)),
        ({"height": 360}, STANDING, (360, 640)),
        ({"width": 640, "height": 640}, LYING, (640, 640)),
        ({"width": 640, "height": 200}, STANDING, (200, 640)),
        ({"width": 640, "adaptive": False}, STANDING, (640, 1138)),
        ({"height": 640, "adaptive": False}, STANDING, (360, 640)),
        ({"width": 640, "height": 200, "adaptive": False}, STANDING, (640, 200)),
        ({"width": 500}, (500, 281), (500, 282)),
        ({"width": 480}, (854, 480), (480, 270)),
        ({"width": 4096}, (4096, 1), (4096, 2)),
    ],
)
def test_the_output_size_follows_the_rule(
    wanted: dict[str, Any], source: tuple[int, int], size: tuple[int, int]
) -> None:
    assert spec(**wanted).output_size(*source) == size


sides = st.integers(1, 8192)


@given(width=sides, height=sides, edge=st.integers(1, 4096))
def test_turning_the_source_turns_an_adaptive_output(width: int, height: int, edge: int) -> None:
    if width != height:
        wanted = spec(width=edge)
        assert wanted.output_size(width, height) == wanted.output_size(height, width)[::-1]


@given(width=sides, height=sides, edge=st.integers(1, 4096))
def test_the_free_side_is_even_and_nearest_to_the_proportion(width: int, height: int, edge: int) -> None:
    _, free = spec(width=edge, adaptive=False).output_size(width, height)
    assert free % 2 == 0
    assert abs(free - edge * height / width) <= 1 or free == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "png"},
        {"fps": 0},
        {"fps": 61},
        {"fps": 9.5},
        {"fps": True},
        {"width": -1},
        {"width": 4097},
        {"height": 1.5},
        {"quality": 0},
        {"quality": 100.5},
        {"quality": float("nan")},
        {"adaptive": 1},
        {"effort": 0},
        {"effort": 4},
        {"effort": 2.0},
    ],
)
def test_nonsense_is_an_invalid_spec(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec) as caught:
        spec(**changes)
    assert caught.value.code == "InvalidInput"


def test_a_spec_survives_json() -> None:
    wanted = spec(width=640, quality=80.5, adaptive=False, effort=3)
    assert AnimationSpec.from_dict(json.loads(json.dumps(wanted.as_dict()))) == wanted


def test_an_unknown_field_is_an_invalid_spec() -> None:
    with pytest.raises(InvalidSpec):
        AnimationSpec.from_dict({"format": "gif", "fps": 10, "colour": "red"})
