"""Animated PNGs as sources: their times, their loops and what is transparent in them."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from animator.core.errors import ContentUnsupported, NoVideoMedia
from animator.core.order import AnimationSpec
from animator.read.probe import probe
from tests.unit.animator.clips import Clip, numbered
from tests.unit.animator.test_animate import run, shown
from tests.unit.animator.test_source_order import seen

MILLISECONDS = Clip(rate=20)  # ticks of 50 ms


def sticker(path: Path, durations: list[int], **saved: Any) -> Path:
    frames = [Image.fromarray(numbered(number)) for number in range(len(durations))]
    frames[0].save(path, "PNG", save_all=True, append_images=frames[1:], duration=durations, **saved)
    return path


@pytest.mark.parametrize("start", [0.0, 0.5])
@pytest.mark.parametrize("loop", [0, 3])
def test_an_animated_png_is_shown_once_with_its_own_times(tmp_path: Path, loop: int, start: float) -> None:
    source = sticker(tmp_path / "sticker.png", [100, 300, 50, 250, 100], loop=loop)
    right = [0] * 2 + [1] * 6 + [2] + [3] * 5 + [4] * 2
    assert seen(source, MILLISECONDS, start=start) == right[round(start * 20) :]
    assert probe(source).duration == 0.8


@pytest.mark.parametrize("start", [0.0, 0.3])
def test_hasty_pictures_of_an_animated_png_stay_a_tenth_of_a_second_as_in_browsers(
    tmp_path: Path, start: float
) -> None:
    source = sticker(tmp_path / "sticker.png", [0, 5, 10, 50, 50])
    assert seen(source, MILLISECONDS, start=start) == [0, 0, 1, 1, 2, 2, 3, 4][round(start * 20) :]
    result, _ = run(source, AnimationSpec(format="webp", fps=20))
    assert any("10 ms and less" in note for note in result.notes)


@pytest.mark.parametrize("start", [0.0, 0.35])
def test_hasty_pictures_among_others_of_a_gif_move_what_follows_and_no_more(tmp_path: Path, start: float) -> None:
    frames = [Image.fromarray(numbered(number)) for number in range(5)]
    source = tmp_path / "sticker.gif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=[100, 10, 100, 10, 50])
    assert seen(source, MILLISECONDS, start=start) == [0, 0, 1, 1, 2, 2, 3, 3, 4][round(start * 20) :]


def test_a_picture_for_programs_that_know_no_animated_png_isnt_shown(tmp_path: Path) -> None:
    source = sticker(tmp_path / "sticker.png", [100] * 5, default_image=True)
    assert shown(run(source)[1]) == [1, 2, 3, 4]


STAY, GO, AS_BEFORE = range(3)


@pytest.mark.parametrize("disposal", [STAY, GO, AS_BEFORE])
def test_what_is_transparent_in_an_animated_png_stays_so(tmp_path: Path, disposal: int) -> None:
    """A red square that moves over nothing: what was drawn before it stays or goes, as each picture says."""
    frames = []
    for number in range(4):
        frame = Image.new("RGBA", (64, 64))
        frame.paste((255, 0, 0, 255), (16 * number, 16, 16 * number + 16, 48))
        frames.append(frame)
    source = tmp_path / "sticker.png"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=100, disposal=disposal, blend=1)
    _, target = run(source)
    with Image.open(target) as found:
        for number in range(4):
            found.seek(number)
            alpha = found.convert("RGBA").getchannel("A")
            seen = [square for square in range(4) if alpha.getpixel((16 * square + 8, 32))]
            assert seen == (list(range(number + 1)) if disposal == STAY else [number])


def test_a_still_of_two_jpegs_is_no_film(tmp_path: Path) -> None:
    """As telephones write them: a second picture says how bright the first one is to shine."""
    picture = Image.effect_noise((400, 300), 100)
    source = tmp_path / "photo.jpg"
    picture.save(source, "MPO", save_all=True, append_images=[picture])
    with pytest.raises(NoVideoMedia, match=r"still picture \(JPEG\)"):
        run(source)


def test_an_animated_webp_is_refused_by_its_name(tmp_path: Path) -> None:
    frames = [Image.fromarray(numbered(number)) for number in range(3)]
    source = tmp_path / "sticker.webp"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(ContentUnsupported, match="an animated WebP, which isn't taken: convert it to MP4 or WebM"):
        run(source)
