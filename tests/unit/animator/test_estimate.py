"""How large a picture will be is told before it is made: exactly where it is short, near enough where it is long."""

import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from av import VideoFrame

from animator.__main__ import main
from animator.confine.sandbox import Sandbox
from animator.core.choice import Choice
from animator.core.errors import ContentUnsupported, InvalidTimeOffset
from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec, Order
from animator.kernel.build import build
from animator.make import estimate as estimating
from animator.make.estimate import estimate
from animator.make.pictures import written_pictures
from animator.make.pipeline import animate
from animator.make.places import LONG, USUAL, Cut, places_of
from animator.make.sample import render_sample
from animator.picture.scaling import Scaler
from animator.read.weights import Weights
from tests.unit.animator.clips import Clip, render
from tests.unit.animator.joined import joined
from tests.unit.animator.test_source_pictures import part


@pytest.fixture(scope="module")
def hills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build()
    return render_sample(tmp_path_factory.mktemp("clips") / "hills.mp4", seconds=6, width=320, height=180, fps=15)


def order(kind: str) -> Order:
    return Order(spec=AnimationSpec(format=kind, fps=15, width=160))


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_short_picture_is_told_to_the_byte(hills: Path, tmp_path: Path, kind: str) -> None:
    found = estimate(hills, order(kind))
    made = animate(hills, tmp_path / f"out.{kind}", order(kind))
    assert found.share == 1
    assert (found.low, found.bytes, found.high) == (made.size, made.size, made.size)
    assert (found.width, found.height, found.ticks) == (made.width, made.height, 90)


@pytest.mark.parametrize("said", ["max_bytes", "within_source"])
def test_what_has_to_give_way_is_told_by_what_such_pictures_use_of_their_largest_size(
    hills: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """It was told to have exactly its largest size, and what may not be larger than its source to be larger."""
    monkeypatch.setattr(estimating, "time", SimpleNamespace(monotonic=itertools.count().__next__))
    plain = estimate(hills, order("gif"))
    source = tmp_path / "small.mp4"
    source.write_bytes(hills.read_bytes())
    most = hills.stat().st_size if said == "within_source" else plain.bytes // 2
    asked = replace(order("gif").spec, **{said: True if said == "within_source" else most})
    assert plain.bytes > most, "else nothing gives way"
    told = estimate(source, Order(spec=asked))
    made = animate(source, tmp_path / "out.gif", Order(spec=asked))
    assert told.low <= made.size <= told.high == most
    assert abs(told.bytes / made.size - 1) < 0.2
    assert told.seconds == pytest.approx(plain.seconds * estimating.TRIED, abs=0.01)
    assert told.memory >= plain.memory + 90 * 160 * 90 * 3, "its pictures are kept from try to try"


@pytest.mark.parametrize("room", [1.1, 3.0])
def test_what_is_known_to_fit_has_no_lower_bound_of_what_would_give_way(hills: Path, room: float) -> None:
    """It was told that it might have six tenths of its largest size, and then less than that."""
    plain = estimate(hills, order("gif"))
    told = estimate(hills, Order(spec=replace(order("gif").spec, max_bytes=round(room * plain.high))))
    assert (told.low, told.bytes, told.high) == (plain.low, plain.bytes, plain.high)


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("ticks", [24, 48])
def test_a_long_picture_is_told_near_enough_from_a_part_of_it(
    hills: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, ticks: int
) -> None:
    monkeypatch.setattr(estimating, "PIXELS", ticks * 160 * 90)
    found = estimate(hills, order(kind))
    made = animate(hills, tmp_path / f"out.{kind}", order(kind))
    assert found.share == pytest.approx(ticks / 90, abs=0.01)
    assert found.bytes == pytest.approx(made.size, rel=0.2)
    assert found.low <= made.size <= found.high
    assert found.bytes == estimate(hills, order(kind)).bytes


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("times", [2, 3])
def test_a_source_of_few_pictures_is_told_right_however_often_it_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, times: int
) -> None:
    """No picture of it stays shorter than in the source. It was told a tenth too small."""
    clip = render_sample(tmp_path / "seldom.mp4", seconds=9, width=160, height=90, fps=10)
    monkeypatch.setattr(estimating, "PIXELS", 16 * 160 * 90)
    often = Order(spec=AnimationSpec(format=kind, fps=10 * times, width=160))
    found = estimate(clip, often)
    assert found.share < 0.6
    made = animate(clip, tmp_path / f"out.{kind}", often)
    assert found.bytes == pytest.approx(made.size, rel=0.06)
    assert found.low <= made.size <= found.high


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize(
    "said",
    [{"loop": "bounce"}, {"speed": 0.5}, {"reverse": True}, {"pieces": 6, "piece": 0.8}],
    ids=lambda said: next(iter(said)),
)
def test_a_source_of_few_pictures_is_told_near_enough_however_it_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, said: dict[str, Any]
) -> None:
    clip = render_sample(tmp_path / "seldom.mp4", seconds=9, width=160, height=90, fps=10)
    monkeypatch.setattr(estimating, "PIXELS", 16 * 160 * 90)
    choice = Choice(**said) if "pieces" in said else Choice()
    played = {} if "pieces" in said else said
    asked = Order(spec=AnimationSpec(format=kind, fps=20, width=160, **played), choice=choice)
    found = estimate(clip, asked)
    made = animate(clip, tmp_path / f"out.{kind}", asked)
    assert found.share < 0.9
    assert found.bytes == pytest.approx(made.size, rel=0.2)
    assert found.low <= made.size <= found.high


@pytest.mark.parametrize(("ticks", "off"), [(90, 0.06), (32, 0.35)])
def test_what_is_made_beside_a_picture_is_told_too(
    hills: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ticks: int, off: float
) -> None:
    """Nearly exactly where all of it was tried; a still, which is larger than the picture, about."""
    asked = order("gif")
    asked = replace(asked, spec=replace(asked.spec, siblings="webp,mp4,webm,avif,apng,poster,poster-webp"))
    monkeypatch.setattr(estimating, "PIXELS", ticks * 160 * 90)
    found = estimate(hills, asked)
    made = {one.kind: one.size for one in animate(hills, tmp_path / "out.gif", asked).siblings}
    assert found.beside.keys() == made.keys()
    for kind, size in made.items():
        assert found.beside[kind] == pytest.approx(size, rel=0.5 if "poster" in kind else off), kind


def test_pieces_that_are_sought_show_what_those_of_one_way_through_show(
    hills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimating, "PIXELS", 24 * 160 * 90)
    sought = estimate(hills, order("webp"))
    monkeypatch.setattr(Weights, "key_before", lambda *_: 0)
    assert estimate(hills, order("webp")).bytes == sought.bytes


def test_only_pieces_are_decoded_in_full(hills: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "PIXELS", 16 * 160 * 90)
    decoded = []
    scaled = Scaler.scaled

    def counted(self: Scaler, frame: VideoFrame, *, aspect: Fraction | None) -> VideoFrame:
        decoded.append(frame.pts)
        return scaled(self, frame, aspect=aspect)

    monkeypatch.setattr(Scaler, "scaled", counted)
    estimate(hills, order("webp"))
    assert len(decoded) == len(set(decoded)) == 16


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_still_camera_s_picture_is_told_near_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Blocks are drawn anew when they have drifted off, in a short piece hardly any: half as many bytes were told."""
    monkeypatch.setattr(estimating, "PIXELS", 16 * 320 * 240)
    chance = np.random.default_rng(3)
    coarse = chance.integers(60, 200, (30, 40, 3)).repeat(8, 0).repeat(8, 1).astype(float)
    drift = np.zeros((240, 320, 1))
    frames = []
    for number in range(150):
        drift = 0.8 * drift + chance.normal(0, 1.6, drift.shape)
        picture = coarse + drift
        picture[100:140, 2 * number : 2 * number + 20] = 230
        frames.append(VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), format="rgb24"))
    source = render(tmp_path / "camera.mp4", Clip(rate=15, width=320, height=240, source=frames))
    asked = Order(spec=AnimationSpec(format=kind, fps=15, quality=70))
    found, made = estimate(source, asked), animate(source, tmp_path / f"out.{kind}", asked)
    assert found.share < 0.6
    assert found.bytes == pytest.approx(made.size, rel=0.25)


def test_an_estimate_that_nobody_waits_for_any_more_ends_at_once(hills: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pieces are made in threads, which wait for pictures that won't come."""
    monkeypatch.setattr(estimating, "PIXELS", 24 * 160 * 90)
    for moment in (1, 60, 110):
        calls = itertools.count(1)

        def interrupt(_: float, calls: Iterator[int] = calls, moment: int = moment) -> None:
            if next(calls) == moment:
                raise TimeoutError

        with pytest.raises(TimeoutError):
            estimate(hills, order("webp"), on_progress=interrupt)
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("pieces")] == []


def test_what_stands_still_is_tried_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one picture in sixty that differs, pieces see nothing, or see it too often."""
    monkeypatch.setattr(estimating, "PIXELS", 16 * 128 * 96)
    blank, other = (np.full((96, 128, 3), grey, np.uint8) for grey in (90, 160))
    frames = [VideoFrame.from_ndarray(other if number == 37 else blank, format="rgb24") for number in range(60)]
    source = render(tmp_path / "still.mp4", Clip(rate=15, source=frames))
    asked = Order(spec=AnimationSpec(format="webp", fps=15))
    assert estimate(source, asked).bytes == animate(source, tmp_path / "out.webp", asked).size


@pytest.mark.parametrize("wanted", [0, 1, 7, 24, 100, 1000])
@pytest.mark.parametrize("ticks", [1, 2, 11, 30, 150, 6000])
@pytest.mark.parametrize("busy", [0, 0.5, 1])
@pytest.mark.parametrize("cut", [USUAL, *LONG.values()])
def test_pieces_lie_in_order_within_the_picture(ticks: int, wanted: int, busy: float, cut: Cut) -> None:
    """Also where all that happens does so at one moment."""
    at = int(busy * (ticks - 1))
    places = places_of(Weights(tuple(1.0 if tick == at else 1e-6 for tick in range(ticks))), wanted, cut)
    ends = [place.end for place in places]
    assert places[0].begin == 0
    assert all(end <= place.begin for end, place in zip(ends, places[1:], strict=False))
    assert ends[-1] <= ticks
    if len(places) > 1:
        assert any(place.begin <= at < place.end for place in places)


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_every_picture_of_a_file_is_found(hills: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"out.{kind}"
    made = animate(hills, target, order(kind))
    found = written_pictures(target.read_bytes())
    assert len(found) == made.frames
    assert sum(picture.ms for picture in found) == pytest.approx(made.duration * 1000)
    assert 0 <= target.stat().st_size - found[-1].end <= 1


def test_the_child_and_the_command_line_tell_the_same_and_write_nothing(
    hills: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = Sandbox()
    try:
        found = sandbox.estimate(hills, order("webp"))
        with pytest.raises(InvalidTimeOffset):
            sandbox.estimate(hills, Order(spec=order("webp").spec, start=99))
    finally:
        sandbox.close()
    assert found.bytes == estimate(hills, order("webp")).bytes
    assert found.memory > 2**20
    options = ["--fps", "15", "--width", "160", "--estimate"]
    assert main([str(hills), str(tmp_path / "out.webp"), *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == found.bytes
    assert main([str(hills), str(tmp_path / "out.webp"), *options]) == 0
    assert f"about {found.bytes:,} bytes" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(60)
def test_a_source_whose_pictures_become_too_large_midway_is_refused_at_once(tmp_path: Path) -> None:
    """More of them follow than wait for their scaling."""
    grown = joined(tmp_path / "grown.ts", part(0, 24), part(25, 124, width=256, height=192))
    limits = DEFAULT_LIMITS._replace(max_source_width=160, max_source_height=120)
    with pytest.raises(ContentUnsupported, match="256x192"):
        estimate(grown, Order(spec=AnimationSpec(format="gif", fps=25)), limits=limits)
