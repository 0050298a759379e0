"""Any sensible order with what a picture may have besides: siblings, seconds that are chosen, a largest size.

The record, the files and the documentation say the same, twice: the recipe's command line makes the same bytes again.
Whatever can't be is refused by its name. As in test_random_orders, ZOETROPE_RANDOM_ORDERS says how many are tried; a
tenth of them here, since one makes up to seven files twice.
"""

import hashlib
import os
import shlex
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image

from animator.__main__ import _order, _parser
from animator.core.choice import Choice
from animator.core.errors import (
    ConfigurationUnsupported,
    EngineError,
    InvalidSpec,
    InvalidTimeOffset,
    ResultTooLarge,
)
from animator.core.options import idle
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.core.siblings import POSTERS, SUFFIXES, sibling_paths
from animator.make.pipeline import animate
from tests.unit.animator.edits import plays_of
from tests.unit.animator.test_random_orders import CLIPS, SHAPES, SHOWN, folder, offsets, options, plain, size_of

__all__ = ["folder"]

TRIES = max(12, int(os.environ.get("ZOETROPE_RANDOM_ORDERS", "0")) // 10)
WIDEST = 96

extras: dict[str, st.SearchStrategy[Any]] = {
    "effort": st.integers(1, 3),
    "siblings": st.lists(st.sampled_from(sorted(SUFFIXES)), unique=True, max_size=3),
    "max_bytes": st.sampled_from([0, 0, 900, 3_000, 12_000]),
    "least_quality": st.sampled_from([0.0, 8.0, 60.5]),
    "least_fps": st.sampled_from([0, 2, 12]),
    "least_edge": st.sampled_from([0, 16, 64]),
    "give_way": st.sampled_from(["", "fps", "size,quality", "quality"]),
    "within_source": st.sampled_from([False, False, True]),
}
choices: dict[str, st.SearchStrategy[Any]] = {
    "auto": st.sampled_from([0.0, 0.5, 1.3, 5.0]),
    "pieces": st.sampled_from([0, 2, 7]),
    "piece": st.sampled_from([0.0, 0.1, 0.35]),
    "skip_first": st.sampled_from([0.0, 12.5, 60.0]),
    "skip_last": st.sampled_from([0.0, 30.0]),
}


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """The words of an order, which may contradict each other."""
    fields = plain | extras | (options if draw(st.booleans()) else {})
    spec = {name: draw(strategy) for name, strategy in fields.items()}
    spec |= {edge: min(spec[edge], WIDEST) for edge in ("width", "height")}
    spec["siblings"] = ",".join(kind for kind in spec["siblings"] if kind != spec["format"])
    choice = {name: draw(strategy) for name, strategy in choices.items()} if draw(st.booleans()) else {}
    poster_at = draw(st.sampled_from([None, 0.7, 99.0]))
    return {
        "spec": spec,
        "choice": choice,
        "start": draw(offsets),
        "end": draw(offsets),
        "poster_at": poster_at,
        "scored": draw(st.booleans()),
    }


@dataclass(frozen=True)
class Window:
    """Seconds of the video, in which whatever is shown lies; None: nothing is left."""

    begin: Fraction
    stop: Fraction

    @property
    def length(self) -> Fraction:
        return self.stop - self.begin


def window_of(name: str, start: float, end: float, choice: Choice) -> Window | None:
    length = Fraction(CLIPS[name].pictures, CLIPS[name].rate)
    begin, stop = Fraction(str(start)), Fraction(str(end))
    begin = max(Fraction(0), length + begin) if begin < 0 else begin
    stop = length + stop if stop <= 0 else min(stop, length)
    if begin >= stop:
        return None
    if choice.auto or choice.pieces:
        begin = max(begin, length * Fraction(str(choice.skip_first)) / 100)
        stop = min(stop, length * (100 - Fraction(str(choice.skip_last))) / 100)
    return Window(begin, stop) if begin < stop else None


def sampled(window: Window, order: Order, *, rate: Fraction) -> int:
    """How often the video is looked at, by the sentences of docs/engine.md."""
    choice = order.choice
    each = Fraction(str(choice.piece))
    if choice.pieces and choice.pieces * each < window.length:
        return choice.pieces * rounded(each * rate)
    shown = min(Fraction(str(choice.auto)), window.length) if choice.auto else window.length
    return rounded(shown * rate)


def rounded(ticks: Fraction) -> int:
    return max(1, int(ticks + Fraction(1, 2)))


def ticks_of(count: int, spec: AnimationSpec, *, fps: int) -> int:
    """Of a picture whose segment has so many samples; below 1: its crossfade is too long."""
    if spec.loop == "bounce":
        return max(1, 2 * count - 2)
    fade = rounded(Fraction(str(spec.crossfade)) * fps) if spec.crossfade else 0
    return count - fade if 2 * fade <= count else 0


@pytest.mark.timeout(120 + 5 * TRIES)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(CLIPS)), words=orders())
def test_a_random_order_with_everything_beside_it_is_kept_or_refused_by_name(
    folder: Path, name: str, words: dict[str, Any]
) -> None:
    target = folder / f"extra.{words['spec']['format']}"
    for path in folder.glob("extra.*"):
        path.unlink()
    try:
        order = Order.from_dict(words)
    except (InvalidSpec, InvalidTimeOffset) as refused:
        event(f"makes no sense: {type(refused).__name__}")
        assert nonsense(words), str(refused)
        return
    assert not nonsense(words)
    window = window_of(name, order.start or 0, order.end or 0, order.choice)
    limited = order.spec.max_bytes or order.spec.within_source  # then siblings are made apart, at a rate of their own
    kinds = (order.spec.format, *(() if limited else order.spec.siblings.split(",")))
    rate = min(50, order.spec.fps) if "gif" in kinds else order.spec.fps
    due = refusals(name, order, window, fps=rate)
    try:
        result = animate(folder / name, target, order)
    except EngineError as refused:
        event(f"refused: {type(refused).__name__}")
        assert_named(refused, order, due)
        assert not list(folder.glob("extra.*")), "a file was left behind"
        return
    event("made")
    assert not due
    assert window
    check_times(result, order, window, fps=rate)
    check_size(result, order, name, source=(folder / name).stat().st_size)
    check_files(target, result, order)
    check_again(folder / name, target, result, order)


def nonsense(words: dict[str, Any]) -> bool:
    spec, choice = words["spec"], words["choice"]
    fades = spec.get("crossfade") and spec.get("loop") == "bounce"
    seamless = choice.get("pieces") and (spec.get("loop") == "best" or spec.get("crossfade"))
    return bool(fades or seamless or (choice.get("auto") and choice.get("pieces")))


def refusals(name: str, order: Order, window: Window | None, *, fps: int) -> set[type[EngineError]]:
    """Those that must come, whichever first."""
    due: set[type[EngineError]] = set()
    if window is None:
        return {InvalidTimeOffset}
    if size_of(order.spec, *SHOWN.get(name, (128, 96)), shape=SHAPES.get(name)) is None:
        due.add(InvalidSpec)
    count = sampled(window, order, rate=fps / Fraction(str(order.spec.speed)))
    if ticks_of(count, order.spec, fps=fps) == 0:
        due.add(ConfigurationUnsupported)
    return due


NAMES = {
    InvalidTimeOffset: ("offset", "start", "skipped"),
    InvalidSpec: ("crop",),
    ConfigurationUnsupported: ("crossfade",),
    ResultTooLarge: ("bytes",),
}


def assert_named(refused: EngineError, order: Order, due: set[type[EngineError]]) -> None:
    limited = order.spec.max_bytes or order.spec.within_source
    assert type(refused) in due | ({ResultTooLarge} if limited and not due else set()), repr(refused)
    assert any(word in str(refused) for word in NAMES[type(refused)]), str(refused)


def check_times(result: Result, order: Order, window: Window, *, fps: int) -> None:
    spec = order.spec
    moved = Fraction(str(spec.slack or 0.5)) if spec.loop == "best" else Fraction(0)
    assert window.begin - moved - Fraction(1, 1000) <= Fraction(str(result.start))
    assert Fraction(str(result.end)) <= window.stop + moved + Fraction(1, 1000)
    assert result.fps <= fps
    rate = result.fps / Fraction(str(spec.speed))
    count = sampled(window, order, rate=rate)
    slack = max(1, min(int((moved or 0) * rate), count // 4)) if spec.loop == "best" else 0
    ticks = round(Fraction(str(result.duration)) * result.fps)
    wanted = ticks_of(count, spec, fps=result.fps)
    off = 2 * slack + (1 if order.choice.auto else 0)  # what is chosen is told in milliseconds
    assert wanted - off <= ticks <= wanted + off
    assert 1 <= result.frames <= ticks
    assert abs(Fraction(str(result.duration)) - Fraction(ticks, result.fps)) <= Fraction(1, 100)


def check_size(result: Result, order: Order, name: str, *, source: int) -> None:
    spec = order.spec
    asked = size_of(spec, *SHOWN.get(name, (128, 96)), shape=SHAPES.get(name))
    assert asked
    most = min(spec.max_bytes or source, source) if spec.within_source else spec.max_bytes
    if not most:
        assert (result.width, result.height) == asked
        assert result.fitted is None
        return
    assert result.size <= most
    assert result.fitted is not None
    settled = AnimationSpec.from_dict(result.recipe["settled"])
    moved = {one.knob for one in result.fitted.moved}
    floors = spec.floors
    assert moved <= set(floors.order)
    assert settled.quality >= min(spec.quality, floors.quality)
    assert result.fps >= min(spec.fps, 50, floors.fps)
    assert max(result.width, result.height) >= min(max(asked), floors.edge)
    if "size" not in moved:
        assert (result.width, result.height) == asked
    if "quality" not in moved:
        assert settled.quality == spec.quality


def check_files(target: Path, result: Result, order: Order) -> None:
    """Against what Pillow finds in pictures, and FFmpeg in films."""
    wanted = [kind for kind in order.spec.siblings.split(",") if kind]
    made = {one.kind: one for one in result.siblings}
    missing = [kind for kind in wanted if kind not in made]
    assert list(made) == [kind for kind in wanted if kind in made]
    assert order.spec.within_source or not missing
    assert all(any(f"Without the {kind}" in note for note in result.notes) for kind in missing)
    paths = sibling_paths(target, order.spec.siblings)
    on_disk = {path.name for path in target.parent.glob("extra.*")}
    assert on_disk == {target.name, *(paths[kind].name for kind in made)}
    _check_image(target, order.spec.format, result.frames, (result.width, result.height), order.spec.loop_count)
    for kind, one in made.items():
        data = paths[kind].read_bytes()
        assert (len(data), hashlib.md5(data).hexdigest()) == (one.size, one.md5)
        if kind in ("mp4", "webm"):
            with av.open(str(paths[kind])) as film:
                stream = film.streams.video[0]
                assert (stream.width, stream.height) == (one.width, one.height)
        else:
            _check_image(paths[kind], kind, one.frames, (one.width, one.height), order.spec.loop_count)
        if kind in POSTERS:  # of the film, not of the picture
            assert max(one.width, one.height) <= 1280
            continue
        assert abs(one.duration - result.duration) <= 0.01, kind
        assert (one.width, one.height) == (_side(kind, result.width), _side(kind, result.height))


def _side(kind: str, length: int) -> int:
    """An MP4's are even, and an AVIF's no shorter than 4."""
    return max(2, length - length % 2) if kind == "mp4" else max(8, length) if kind == "avif" else length


def _check_image(path: Path, kind: str, frames: int, size: tuple[int, int], plays: int) -> None:
    with Image.open(path) as image:
        assert image.size == size, kind
        assert getattr(image, "n_frames", 1) == frames, kind
        if kind == "gif":
            assert image.info.get("loop") == (plays - 1 or None if plays else 0)
        elif kind == "webp" or (kind == "apng" and frames > 1):
            assert image.info.get("loop") == plays
    if kind == "avif" and frames > 1:
        assert plays_of(path) == plays


def check_again(source: Path, target: Path, result: Result, order: Order) -> None:
    """The command line that the recipe tells means the same order, or with the chosen seconds, and makes the bytes."""
    told = _order(_parser().parse_args(shlex.split(result.recipe["command"])[3:]))
    chosen: dict[str, Any] = {"start": told.start, "end": told.end, "choice": Choice()} if order.choice.auto else {}
    assert told == heard(replace(order, **chosen))
    again = animate(source, target, told)
    assert (again.md5, again.size) == (result.md5, result.size)
    assert [(one.kind, one.md5) for one in again.siblings] == [(one.kind, one.md5) for one in result.siblings]
    assert (again.score, again.seam) == (result.score, result.seam)


def heard(order: Order) -> Order:
    """Without what changes nothing, which a command line refuses."""
    parts = order.spec, order, order.choice
    values = {one.name: getattr(part, one.name) for part in parts for one in fields(part)}

    def quiet(part: Any) -> Any:
        usual = {one.name: one.default for one in fields(part)}
        return replace(part, **{name: usual[name] for name, _needs in idle(type(part), values)})

    return replace(quiet(order), spec=quiet(order.spec), choice=quiet(order.choice))
