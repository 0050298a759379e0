"""GIFs on a machine where the kernel was not built."""

import io
from collections.abc import Iterator

import pytest

from animator import kernel
from animator.gif import encoder as gif
from tests.unit.animator.gif_clips import at, canvas_for, few_colours, made, moving_scene, psnr, seen, shown
from tests.unit.animator.test_gif import moving_alpha


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kernel, "library", lambda: None)
    yield


def test_the_health_page_is_told() -> None:
    assert not kernel.available()


def test_the_picture_is_right_and_the_record_says_what_made_it() -> None:
    pictures = moving_scene(6)
    data, encoded = made(pictures, canvas_for(pictures))
    frames = seen(data)
    assert "FFmpeg" in encoded.notes[0]
    assert min(psnr(at(frames, 100 * n + 50), picture) for n, picture in enumerate(pictures)) > 30
    assert sum(frame.duration for frame in frames) == encoded.duration_ms == 600
    assert len(frames) == encoded.frames


def test_times_are_those_of_the_kernels_gif() -> None:
    pictures = few_colours(4, count=3)
    data, encoded = made(pictures, canvas_for(pictures, ticks=900, fps=1), [0, 2, 700])
    frames = seen(data)
    assert {0, 2000, 700_000} <= {frame.start for frame in frames}
    assert sum(frame.duration for frame in frames) == encoded.duration_ms == 900_000


def test_transparent_pixels_stay_transparent() -> None:
    pictures = moving_alpha()
    frames = seen(made(pictures, canvas_for(pictures))[0])
    for number, picture in enumerate(pictures):
        assert ((at(frames, 100 * number + 50)[..., 3] == 255) == (picture[..., 3] == 255)).all()


def test_it_loops_for_ever_and_tells_progress() -> None:
    told: list[int] = []
    target = io.BytesIO()
    pictures = few_colours(9)
    gif.encode(shown(pictures), target, canvas_for(pictures), on_tick=told.append)
    assert b"NETSCAPE2.0\x03\x01\x00\x00\x00" in target.getvalue()
    assert told[-1] == len(pictures)


@pytest.mark.parametrize(("loop_count", "block"), [(1, None), (2, b"\x01\x01\x00"), (100, b"\x01\x63\x00")])
def test_it_plays_as_often_as_the_kernels_gif_does(loop_count: int, block: bytes | None) -> None:
    pictures = few_colours(3)
    target = io.BytesIO()
    canvas = canvas_for(pictures)._replace(loop_count=loop_count)
    gif.encode(shown(pictures), target, canvas, on_tick=lambda _: None)
    told = target.getvalue().partition(b"NETSCAPE2.0\x03")[2][:3]
    assert told == (block or b"")
