"""The quality score, the poster that rides along, the recipe, and that the same order gives the same bytes."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from animator.__main__ import main
from animator.core.errors import ConfigurationUnsupported
from animator.core.order import AnimationSpec, Order
from animator.make import pipeline, take
from animator.make.pipeline import animate
from animator.make.score import score
from animator.make.seen import Seen
from animator.read import decode
from tests.unit.animator.clips import Clip, number_in, render


def spec(picture_format: str = "webp", **changes: float) -> AnimationSpec:
    return AnimationSpec.from_dict({"format": picture_format, "fps": 10, **changes})


def test_a_score_falls_with_the_quality(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4", Clip(width=320, height=240))
    means = []
    for quality in (95, 50, 5):
        result = animate(source, tmp_path / "out.webp", Order(spec=spec(quality=quality), scored=True))
        assert result.score is not None
        assert 0 < result.score["worst"] <= result.score["mean"] <= 1
        means.append(result.score["mean"])
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.98


def test_the_score_is_near_scikit_images_ssim(tmp_path: Path) -> None:
    """Of one picture, so that both look at the same pixels; the windows differ (8x8 blocks against 7x7 sliding)."""
    source = render(
        tmp_path / "clip.mkv", Clip(codec="ffv1", pixel_format="yuv444p", pictures=1, width=320, height=240)
    )
    target = tmp_path / "out.webp"
    result = animate(source, target, Order(spec=spec(quality=10), scored=True))
    perfect = tmp_path / "perfect.gif"
    animate(source, perfect, Order(spec=spec("gif", quality=100)))
    with Image.open(target) as after, Image.open(perfect) as before:
        wanted = structural_similarity(np.asarray(before.convert("L")), np.asarray(after.convert("L")), data_range=255)
    assert result.score is not None
    assert result.score["mean"] == pytest.approx(wanted, abs=0.03)


def test_judging_gives_signs_of_life_too(tmp_path: Path) -> None:
    """Its share of the progress; a supervisor takes long silence for a hang."""
    source = render(tmp_path / "clip.mp4")
    told: list[float] = []
    animate(source, tmp_path / "out.gif", Order(spec=spec("gif"), scored=True), on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len([progress for progress in told if pipeline.MADE < progress < 1]) >= 10


@pytest.mark.parametrize("height", [2, 4, 6])
def test_a_picture_too_low_for_ssims_blocks_is_judged_all_the_same(tmp_path: Path, height: int) -> None:
    source = render(tmp_path / "clip.mkv", Clip(codec="ffv1", pixel_format="yuv444p", width=64, height=height))
    judged = animate(source, tmp_path / "out.webp", Order(spec=spec(quality=90), scored=True)).score
    assert judged is not None
    assert 0.5 < judged["worst"] <= judged["mean"] <= 1


def test_the_worst_moment_is_named(tmp_path: Path) -> None:
    """The picture under judgement is of the same clip without its second half: from there on it is wrong."""
    source = render(tmp_path / "clip.mp4", Clip(width=320, height=240))
    target = tmp_path / "out.webp"
    result = animate(source, target, Order(spec=spec()))
    with Image.open(target) as image:
        frames = []
        for position in range(20):
            image.seek(min(position, 9))
            frames.append(image.convert("RGB"))
        frames[0].save(target, save_all=True, append_images=frames[1:], duration=100, quality=90)
    judged = score(source, target, result.recipe, seen=Seen())
    assert judged.worst < 0.9 < judged.mean + 0.2
    assert judged.worst_at >= 1.0


@pytest.mark.parametrize(("at", "number"), [(None, 5), (1.05, 10), (0.0, 5), (9.0, 14)])
def test_a_poster_comes_from_the_same_decode(tmp_path: Path, at: float | None, number: int) -> None:
    source = render(tmp_path / "clip.mp4")
    poster = tmp_path / "poster.jpg"
    animate(source, tmp_path / "out.gif", Order(spec=spec("gif"), start=0.5, end=1.5, poster_at=at), poster=poster)
    with Image.open(poster) as image:
        assert number_in(np.asarray(image)) == number


def test_a_poster_of_a_wrong_kind_fails_before_the_work(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4")
    with pytest.raises(ConfigurationUnsupported):
        animate(source, tmp_path / "out.gif", Order(spec=spec("gif")), poster=tmp_path / "poster.png")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
def test_the_same_order_gives_the_same_bytes_whatever_the_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture_format: str
) -> None:
    source = render(tmp_path / "clip.mp4", Clip(width=320, height=240, options={"bf": "3"}))
    sums = set()
    for threads in (1, 2, 4, 2):
        monkeypatch.setattr(take, "THREADS", threads)
        monkeypatch.setattr(decode, "DECODER_THREADS", threads)
        sums.add(animate(source, tmp_path / "out", Order(spec=spec(picture_format, width=200), start=0.25)).md5)
    assert len(sums) == 1


def test_the_command_line_of_a_recipe_repeats_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = render(tmp_path / "my clip.mp4", Clip(width=320, height=240))
    order = spec("gif", width=100, height=90, quality=60.5, adaptive=False)
    result = animate(source, tmp_path / "out.gif", Order(spec=order, start=-1.5, end=1.9))
    assert str(tmp_path) not in result.recipe["command"]
    monkeypatch.chdir(tmp_path)
    python, flag, module, *arguments = shlex.split(result.recipe["command"])
    assert (python, flag, module) == ("python", "-m", "animator")
    (tmp_path / "out.gif").unlink()
    assert main([*arguments, "--json"]) == 0
    assert f'"md5": "{result.md5}"' in capsys.readouterr().out
