"""One decode, many files: each is what others can read, shows the same at the same moments, and is on record."""

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from animator.confine.sandbox import Sandbox
from animator.core.errors import InvalidSpec, ResultTooLarge
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.core.siblings import sibling_paths
from animator.make import beside
from animator.make.flashes import Flashes
from animator.make.pipeline import animate
from animator.make.sample import render_sample
from animator.make.shown_again import pictures_of
from animator.picture.frames import Shown
from animator.read.decode import Picker
from tests.unit.animator.clips import Clip, render
from tests.unit.animator.edits import plays_of

FILMS = "avif,apng,mp4,webm"
POSTERS = {"poster": "JPEG", "poster-webp": "WEBP"}
SPEC = AnimationSpec(format="gif", fps=10, width=161, quality=85.0, adaptive=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_sample(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, width=320, height=180)


@pytest.fixture(scope="module")
def made(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """All kinds at once, in the confined child, of a size that isn't even."""
    target = tmp_path_factory.mktemp("made") / "out.gif"
    sandbox = Sandbox()
    try:
        spec = replace(SPEC, siblings=f"webp,{FILMS},poster,poster-webp")
        return target, sandbox.animate(clip, target, Order(spec=spec, start=0.5, end=1.5, scored=True))
    finally:
        sandbox.close()


def test_the_record_tells_of_each_file_and_each_looks_like_the_source(made: tuple[Path, Result]) -> None:
    target, result = made
    assert [one.kind for one in result.siblings] == ["webp", "avif", "apng", "mp4", "webm", "poster", "poster-webp"]
    for one in result.siblings:
        path = sibling_paths(target, one.kind)[one.kind]
        assert path.stat().st_size == one.size > 0
        if one.kind in POSTERS:
            assert (one.frames, one.duration, one.score) == (1, 0, None)
            continue
        assert (one.width, one.height) == ((160, 90) if one.kind == "mp4" else (161, 90))
        assert one.duration == 1.0
        assert one.score is not None
        assert one.score["mean"] > 0.93, one.kind
        assert one.score["worst"] > 0.85, one.kind


def test_others_read_the_same_pictures_at_the_same_moments(made: tuple[Path, Result]) -> None:
    """Pillow what a page shows as an image, FFmpeg's programs all; a film begins with its index, and is silent."""
    target, result = made
    wanted = dict(pictures_of(target, fps=Fraction(10)))
    for one in result.siblings:
        kind, path = one.kind, sibling_paths(target, one.kind)[one.kind]
        if kind in POSTERS:
            with Image.open(path) as image:
                assert (image.size, image.format) == ((one.width, one.height), POSTERS[kind])
            continue
        shown = list(pictures_of(path, fps=Fraction(10)))
        assert shown[0][0] == 0
        assert shown[-1][0] < 10
        for tick, picture in shown:
            if tick in wanted:
                plain = (side.convert("RGB").resize((161, 90)) for side in (picture, wanted[tick]))
                ours, other = (np.asarray(side, float) for side in plain)
                assert np.abs(ours - other).mean() < 5, (kind, tick)
        with av.open(str(path)) as file:
            assert not file.streams.audio
            context = file.streams.video[0].codec_context
            if kind in ("mp4", "webm", "avif"):
                assert (context.pix_fmt, context.colorspace) == ("yuv420p", 1)
        assert not subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-i", path, "-f", "null", "-"],
            capture_output=True,
            check=True,
        ).stderr
        if kind == "mp4":
            head = path.read_bytes()
            assert head.index(b"moov") < head.index(b"mdat")


def test_libavif_reads_every_picture_of_an_avif(made: tuple[Path, Result], tmp_path: Path) -> None:
    """By its own decoder, in strict mode: the standard's reference beside the browsers' ones."""
    target, _ = made
    path = sibling_paths(target, "avif")["avif"]
    told = subprocess.run(["avifdec", "--info", path], capture_output=True, check=True, text=True).stdout
    assert "161x90" in told
    assert "* 10 timescales" in told or "10 frames" in told, told
    wanted = dict(pictures_of(target, fps=Fraction(10)))
    for number in (0, 9):
        picture = tmp_path / f"{number}.png"
        subprocess.run(["avifdec", "--index", str(number), path, picture], capture_output=True, check=True)
        with Image.open(picture) as image:
            ours, other = (np.asarray(side.convert("RGB"), float) for side in (image, wanted[number]))
        assert np.abs(ours - other).mean() < 5


def test_the_picture_is_the_same_with_and_without_siblings_and_they_are_decoded_for_once(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    picker = Picker.__init__

    def counted(self: Picker, *arguments: object, **named: object) -> None:
        opened.append(1)
        picker(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Picker, "__init__", counted)
    order = Order(spec=SPEC, start=0.5, end=1.0)
    alone = animate(clip, tmp_path / "alone.gif", order)
    both = animate(clip, tmp_path / "both.gif", replace(order, spec=replace(SPEC, siblings="webp,mp4")))
    again = animate(clip, tmp_path / "again.gif", replace(order, spec=replace(SPEC, siblings="webp,mp4")))
    assert len(opened) == 3
    assert both.md5 == alone.md5
    assert [one.md5 for one in both.siblings] == [one.md5 for one in again.siblings]
    webp = animate(clip, tmp_path / "one.webp", replace(order, spec=replace(SPEC, format="webp")))
    assert abs(webp.size - both.siblings[0].size) < webp.size / 5


def test_transparency_is_kept_where_it_can_be_and_shown_on_white_elsewhere(tmp_path: Path) -> None:
    source = tmp_path / "round.mov"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("png", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgba"
        pixels = np.zeros((64, 64, 4), np.uint8)
        pixels[16:48, 16:48] = (200, 30, 30, 255)
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba")))
        container.mux(stream.encode(None))
    target = tmp_path / "out.gif"
    result = animate(source, target, Order(spec=replace(SPEC, width=0, siblings=f"{FILMS},poster,poster-webp")))
    assert any("on white" in note for note in result.notes)
    for kind, path in sibling_paths(target, FILMS).items():
        corner = next(pictures_of(path, fps=Fraction(10)))[1].getpixel((2, 2))
        assert isinstance(corner, tuple)
        assert corner[3] == 0 if kind in ("webm", "apng") else min(corner) > 245, kind
    with Image.open(tmp_path / "out.jpg") as jpeg, Image.open(tmp_path / "out.poster.webp") as webp:
        assert jpeg.convert("RGBA").getpixel((2, 2)) == (255, 255, 255, 255)
        assert webp.mode == "RGBA"
        assert webp.getpixel((2, 2))[3] == 0  # type: ignore[index]


def test_never_larger_than_the_source(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.gif"
    spec = replace(SPEC, width=320, quality=90.0, siblings="apng,mp4", within_source=True)
    result = animate(clip, target, Order(spec=spec))
    assert target.stat().st_size == result.size <= clip.stat().st_size
    assert result.fitted is not None
    assert result.fitted.max_bytes == clip.stat().st_size
    assert [one.kind for one in result.siblings] == ["mp4"]
    assert any(note.startswith("Without the apng") for note in result.notes)
    assert not target.with_suffix(".apng").exists()
    assert result.recipe["spec"]["within_source"]
    with pytest.raises(ResultTooLarge):
        animate(clip, target, Order(spec=replace(spec, least_quality=90.0, least_fps=10, least_edge=320)))


def test_a_sibling_that_fails_fails_the_whole(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: str) -> object:
        raise OSError(f"no {kind} today")

    monkeypatch.setattr(beside, "encoder_named", broken)
    with pytest.raises(OSError, match="no mp4 today"):
        animate(clip, tmp_path / "out.gif", Order(spec=replace(SPEC, siblings="mp4")))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("named", ["gif", "mp4,mp4", "flv", "mp4;webm", "poster-webp,poster-webp", "poster-jpg"])
def test_siblings_that_make_no_sense_are_refused(named: str) -> None:
    with pytest.raises(InvalidSpec):
        replace(SPEC, siblings=named)


@pytest.mark.parametrize(("a_second", "most"), [(3, 3), (4, 4), (10, 10)])
def test_flashes_are_counted_over_the_seam_too(a_second: int, most: int) -> None:
    dark, bright = (np.full((48, 64, 3), value, np.uint8) for value in (10, 240))
    half = 60 // (2 * a_second)
    frames = [av.VideoFrame.from_ndarray((dark, bright)[tick // half % 2], format="rgb24") for tick in range(60)]
    flashes = Flashes(Fraction(60))
    assert len(list(flashes.watched((Shown(tick, one) for tick, one in enumerate(frames)), ticks=60))) == 60
    assert flashes.most == most
    assert bool(flashes.warning) is (most > 3)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ((150, 0, 0), (0, 60, 0), "in saturated red 5 times"),
        ((150, 0, 0), (60, 0, 0), "in saturated red 5 times"),
        ((150, 90, 90), (90, 90, 90), ""),
        ((0, 60, 150), (0, 75, 0), ""),
    ],
)
def test_saturated_red_flashes_where_the_light_hardly_changes(
    one: tuple[int, int, int], other: tuple[int, int, int], words: str
) -> None:
    frames = [np.full((48, 64, 3), colour, np.uint8) for colour in (one, other)]
    flashes = Flashes(Fraction(10))
    shown = (Shown(tick, av.VideoFrame.from_ndarray(frames[tick % 2], format="rgb24")) for tick in range(20))
    list(flashes.watched(shown, ticks=20))
    assert words in flashes.warning
    assert bool(flashes.warning) is bool(words)


def test_what_moves_or_flashes_in_a_corner_is_no_flash(clip: Path, tmp_path: Path) -> None:
    assert not [note for note in animate(clip, tmp_path / "out.gif", Order(spec=SPEC)).notes if "flash" in note]
    assert _flashing(_pictures((64, 48), slice(0, 20), slice(0, 20)), ticks=20).most == 0


@pytest.mark.parametrize(("left", "top"), [(0, 0), (700, 333), (1579, 824)])
def test_a_large_picture_that_flashes_in_a_small_part_of_it_is_told_of(left: int, top: int) -> None:
    """What a person looks at is a part of 341 x 256 pixels of it, and not all."""
    part = _pictures((1920, 1080), slice(top, top + 256), slice(left, left + 341))
    assert "It flashes 5 times within a second" in _flashing(part, ticks=20).warning
    red = _pictures((1920, 1080), slice(top, top + 256), slice(left, left + 341), colour=(150, 0, 0))
    assert "flashes in saturated red 5 times" in _flashing(red, ticks=20).warning


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360)])
def test_less_than_a_quarter_of_what_a_person_looks_at_is_no_flash(size: tuple[int, int]) -> None:
    assert _flashing(_pictures(size, slice(50, 160), slice(70, 200)), ticks=20).most == 0


def test_flashes_far_from_each_other_are_each_counted_for_themselves() -> None:
    """Two in turn at the two ends, two and a half times a second each, of which nobody sees both at once."""
    dark, left, right = (np.zeros((360, 1920, 3), np.uint8) for _ in range(3))
    left[:, :400] = right[:, -400:] = 255
    assert _flashing([left, dark, right, dark], ticks=20).most == 3


@pytest.mark.parametrize(
    ("frames", "fps", "most"), [((0, 1), 10, 5), ((0, 1, 1, 1), 20, 5), ((0, 1, 1), 12, 4), ((0, 0, 1, 1), 12, 3)]
)
def test_a_loop_shorter_than_a_second_is_counted_over_all_turns_that_a_second_shows(
    frames: tuple[int, ...], fps: int, most: int
) -> None:
    two = _pictures((64, 48), slice(None), slice(None))
    flashes = _flashing([two[one] for one in frames], ticks=len(frames), fps=fps)
    assert flashes.most == most
    assert bool(flashes.warning) is (most > 3)


def test_what_plays_once_has_no_seam_that_flashes() -> None:
    two = _pictures((64, 48), slice(None), slice(None))
    assert _flashing(two, ticks=2, loop_count=1).most == 0
    assert _flashing(two, ticks=2, loop_count=3).most == 2


def test_when_it_flashes_is_told_of_the_picture_and_not_of_its_second_turn() -> None:
    two = _pictures((64, 48), slice(None), slice(None))
    flashes = _flashing([*[two[0]] * 15, *two[1:], two[0], *two[1:], two[0], two[1]], ticks=20)
    assert "4 times" not in flashes.warning
    flashes = _flashing([*two, *two, *[two[0]] * 12, *two, *two], ticks=20)
    assert "It flashes 4 times within a second, 1.7 s in" in flashes.warning


def _pictures(
    size: tuple[int, int], rows: slice, columns: slice, *, colour: tuple[int, int, int] = (255, 255, 255)
) -> list[np.ndarray]:
    """A dark one, and one of which a part has that colour."""
    pixels = [np.zeros((size[1], size[0], 3), np.uint8) for _ in range(2)]
    pixels[1][rows, columns] = colour
    return pixels


def _flashing(pixels: list[np.ndarray], *, ticks: int, fps: int = 10, loop_count: int = 0) -> Flashes:
    """What is found of these pictures, one after the other for so many ticks."""
    flashes = Flashes(Fraction(fps))
    frames = [av.VideoFrame.from_ndarray(one, format="rgb24") for one in pixels]
    shown = (Shown(tick, frames[tick % len(frames)]) for tick in range(ticks))
    assert len(list(flashes.watched(shown, ticks=ticks, turns=loop_count))) == ticks
    return flashes


def test_a_film_is_the_same_bytes_whatever_was_in_memory_before(clip: Path, tmp_path: Path) -> None:
    """Pictures of P and B frames were coded as such: a decision that the codec then made of what memory held."""
    program = "import sys; from animator.__main__ import main; sys.exit(main(sys.argv[1:]))"
    made = set()
    for fill in ("0", "85"):
        target = tmp_path / f"{fill}.gif"
        words = [str(clip), str(target), "--siblings=mp4", "--width=161", "--start=0.5", "--end=1"]
        environment = {**os.environ, "MALLOC_PERTURB_": fill}
        subprocess.run([sys.executable, "-c", program, *words], env=environment, check=True, capture_output=True)
        made.add(sibling_paths(target, "mp4")["mp4"].read_bytes())
    assert len(made) == 1


@pytest.mark.parametrize("plays", [0, 1, 3, 100])
def test_an_apng_and_an_avif_play_as_often_as_they_were_asked_to(clip: Path, tmp_path: Path, plays: int) -> None:
    spec = replace(SPEC, siblings="apng,avif", loop_count=plays)
    animate(clip, tmp_path / "out.gif", Order(spec=spec, end=0.3))
    with Image.open(tmp_path / "out.apng") as image:
        assert image.info["loop"] == plays
    assert plays_of(tmp_path / "out.avif") == plays
    told = subprocess.run(["avifdec", "--info", tmp_path / "out.avif"], capture_output=True, check=True, text=True)
    assert "3 expected frames" in told.stdout or "3 frames" in told.stdout, told.stdout


@pytest.mark.parametrize("effort", [1, 2, 3])
def test_an_avif_of_a_few_pixels_of_noise_is_made(tmp_path: Path, effort: int) -> None:
    """The encoder has no room for what such pictures take, unless they are made larger."""
    chance = np.random.default_rng(1)
    noise = (chance.integers(0, 256, (4, 6, 3), np.uint8) for _ in range(80))
    frames = (av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="bgr0") for pixels in noise)
    source = render(tmp_path / "clip.mkv", Clip(codec="ffv1", pixel_format="bgr0", width=6, height=4, source=frames))
    target = tmp_path / "out.gif"
    spec = AnimationSpec(format="gif", fps=10, quality=100, effort=effort, siblings="avif")
    result = animate(source, target, Order(spec=spec))
    assert [(one.kind, one.duration) for one in result.siblings] == [("avif", 8.0)]
