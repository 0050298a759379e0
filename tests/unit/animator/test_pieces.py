"""Pieces and single pictures that are spread over a whole video, shown one after the other."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animator.core.choice import Choice
from animator.core.errors import InvalidTimeOffset
from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec, Order
from animator.core.timeline import Segment
from animator.make.estimate import estimate
from animator.make.pipeline import animate
from animator.read.decode import Picker
from animator.read.source import open_source
from tests.unit.animator.clips import Clip, number_in, render

RATE, PICTURES = 10, 200


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds, each picture with its number, a key frame every three seconds."""
    clip = Clip(pictures=PICTURES, rate=RATE, options={"g": "30", "bf": "2"})
    return render(tmp_path_factory.mktemp("pieces") / "clip.mp4", clip)


def _order(*, start: float = 0.0, end: float = 0.0, spec: dict[str, Any] | None = None, **choice: Any) -> Order:
    picture = AnimationSpec(**{"format": "webp", "fps": RATE, "quality": 90, **(spec or {})})
    return Order(spec=picture, start=start, end=end, choice=Choice(**choice))


def _numbers(clip: Path, order: Order) -> list[int]:
    with open_source(clip, limits=DEFAULT_LIMITS) as source:
        segment = order.segment(source.duration)
        picker = Picker(source, segment, fps=Fraction(order.spec.fps))
        return [number_in(np.asarray(picked.frame.to_image())) for picked in picker]


def test_pieces_lie_in_the_middles_of_equal_parts(clip: Path) -> None:
    order = _order(pieces=4, piece=0.5)
    starts = [22, 72, 122, 172]  # the middles are 2.5, 7.5, 12.5 and 17.5 s; a piece begins a quarter before
    found = _numbers(clip, order)
    assert len(found) == 20
    assert all(abs(found[5 * piece] - start) <= 1 for piece, start in enumerate(starts))
    assert all(found[5 * piece + 4] - found[5 * piece] == 4 for piece in range(4))
    within = _numbers(clip, _order(pieces=2, piece=0.5, start=10, skip_last=25))
    assert (min(within) >= 100, max(within) < 150) == (True, True)


def test_single_pictures_are_spread_over_the_whole(clip: Path, tmp_path: Path) -> None:
    order = _order(pieces=10, spec={"fps": 2})
    assert _numbers(clip, order) == pytest.approx([10 + 20 * number for number in range(10)], abs=3)
    made = animate(clip, tmp_path / "out.webp", order)
    assert (made.frames, made.duration) == (10, 5.0)
    assert (made.start, made.end) == (1, 19)
    assert "--pieces=10" in made.recipe["command"]


@pytest.mark.parametrize(
    ("spec", "ticks"),
    [
        ({}, 20),
        ({"format": "gif"}, 20),
        ({"loop": "bounce"}, 38),
        ({"reverse": True}, 20),
        ({"speed": 2.0}, 12),
        ({"fps": 5}, 12),
        ({"trim_borders": True}, 20),
    ],
)
def test_it_goes_with_every_way_of_playing(clip: Path, tmp_path: Path, spec: dict[str, Any], ticks: int) -> None:
    """Half a second is 2.5 ticks at five of them, which is three: each piece is whole."""
    order = _order(pieces=4, piece=0.5, spec=spec)
    made = animate(clip, tmp_path / f"out.{order.spec.format}", order)
    assert round(made.duration * order.spec.fps) == ticks
    again = animate(clip, tmp_path / f"again.{order.spec.format}", order)
    assert again.md5 == made.md5
    guess = estimate(clip, order)
    assert guess.ticks == ticks
    assert guess.share < 1 or guess.bytes == made.size


def test_it_is_scored_and_kept_within_a_size_like_any_other(clip: Path, tmp_path: Path) -> None:
    plain = animate(clip, tmp_path / "plain.webp", _order(pieces=8, piece=1))
    scored = Order.from_dict({**_order(pieces=8, piece=1).as_dict(), "scored": True})
    score = animate(clip, tmp_path / "scored.webp", scored).score
    assert score is not None and score["worst"] > 0.9
    order = _order(pieces=8, piece=1, spec={"max_bytes": plain.size * 2 // 3, "least_quality": 1})
    made = animate(clip, tmp_path / "fitted.webp", order)
    assert made.size <= order.spec.max_bytes
    with Image.open(tmp_path / "fitted.webp") as image:
        assert image.n_frames > 8


def test_a_video_that_is_too_short_for_them_is_shown_whole(clip: Path) -> None:
    assert _numbers(clip, _order(pieces=4, piece=0.5, start=18)) == list(range(180, 200))


@pytest.mark.parametrize("begin", [0, 3, 7])
def test_a_part_of_pieces_is_what_these_ticks_show(begin: int) -> None:
    pieces = tuple(Segment(start=Fraction(at), end=at + Fraction(1, 2)) for at in (2, 7, 12))
    whole = Segment(start=Fraction(2), end=Fraction(25, 2), pieces=pieces)
    fps = Fraction(10)
    ticks = [piece.start + Fraction(tick) / fps for piece in pieces for tick in range(5)]
    part = whole.part(begin, 6, fps=fps)
    assert part.ticks(fps) == 6
    assert [piece.start + Fraction(tick) / fps for piece in part.pieces for tick in range(piece.ticks(fps))] == ticks[
        begin : begin + 6
    ]


@pytest.mark.parametrize(
    "values",
    [{"pieces": 1}, {"pieces": 101}, {"pieces": 2.0}, {"pieces": 3, "piece": 61}, {"auto": 3, "pieces": 3}],
)
def test_pieces_that_make_no_sense_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidTimeOffset):
        Choice.from_dict(values)


@pytest.mark.parametrize("spec", [{"loop": "best"}, {"crossfade": 0.2}])
def test_pieces_have_no_seam_to_move(spec: dict[str, Any]) -> None:
    with pytest.raises(InvalidTimeOffset, match="no seam"):
        _order(pieces=4, spec=spec)
