"""Words over a moving picture are seen, and what only looks like them isn't."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from animator.core.choice import Choice
from animator.core.order import AnimationSpec, Order
from animator.make.highlights import highlights
from animator.make.lettering import lettered
from tests.unit.animator.clips import Clip, render

WIDTH, HEIGHT, LOOKS, TIMES = 320, 180, 16, 4
Grey = NDArray[np.uint8]
Draw = Callable[[ImageDraw.ImageDraw], None]


def _world(seed: int, cells: Sequence[int] = (40, 16, 6)) -> Grey:
    """Blurred patches of several sizes, twice as high and four times as wide as a look."""
    chance = np.random.default_rng(seed)
    width, height = 4 * WIDTH, 2 * HEIGHT
    layers = []
    for cell in cells:
        small = Image.fromarray(chance.integers(0, 256, (height // cell + 2, width // cell + 2)).astype(np.uint8))
        layers.append(np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), float))
    world: Grey = np.clip((np.mean(layers, axis=0) - 128) * 1.8 + 128, 0, 255).astype(np.uint8)
    return world


def _blocks(seed: int) -> Grey:
    chance = np.random.default_rng(seed)
    coarse = chance.integers(30, 225, (2 * HEIGHT // 9, 4 * WIDTH // 9 + 1)).astype(np.uint8)
    return np.kron(coarse, np.ones((9, 9), np.uint8))


def _fence(seed: int) -> Grey:
    world = _world(seed)
    world[120:170, np.arange(world.shape[1]) % 7 < 3] = 235
    return world


def _pan(world: Grey, across: float, down: float = 0.0) -> list[Grey]:
    places = [(60 + int(down * number), int(across * number)) for number in range(LOOKS)]
    return [world[top : top + HEIGHT, left : left + WIDTH] for top, left in places]


def _zoom(world: Grey) -> list[Grey]:
    image = Image.fromarray(world[:, : 2 * WIDTH])
    boxes = [(3 * number, 2 * number, 2 * WIDTH - 3 * number, 2 * HEIGHT - 2 * number) for number in range(LOOKS)]
    return [np.asarray(image.crop(box).resize((WIDTH, HEIGHT))) for box in boxes]


def _tracked(looks: Sequence[Grey], *, jitter: int) -> list[Grey]:
    """Somebody in a striped shirt whom the camera follows, as well as cameras do."""
    chance, found = np.random.default_rng(3), []
    for look in looks:
        x, y = np.array((120, 70)) + chance.integers(-jitter, jitter + 1, 2)
        picture = look.copy()
        picture[y : y + 70, x : x + 80] = np.where(np.arange(80) % 8 < 4, 30, 220)
        found.append(picture)
    return found


def _passers_by() -> list[Grey]:
    """People before a fence, and a camera that stands."""
    found = []
    for number in range(LOOKS):
        picture = _fence(8)[100 : 100 + HEIGHT, :WIDTH].copy()
        picture[20:110, 5 * number : 5 * number + 60] = 200
        found.append(picture)
    return found


def _sign_in_the_scene() -> list[Grey]:
    sign = _over(_pan(_world(9), 0.0), _subtitles)[0]
    return [np.roll(sign, -2 * number, axis=1) for number in range(LOOKS)]


def _subtitles(draw: ImageDraw.ImageDraw) -> None:
    words = "I told you not to come here.\nNobody listens to me."
    font = ImageFont.load_default(44)
    draw.text((640, 640), words, 255, font, "ms", align="center", stroke_width=3, stroke_fill=0)


def _lower_third(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((60, 560, 620, 660), fill=30)
    draw.text((80, 600), "Dr. Anna Petrova", 240, ImageFont.load_default(44), "lm")
    draw.text((80, 640), "Marine biologist", 240, ImageFont.load_default(28), "lm")


def _title(draw: ImageDraw.ImageDraw) -> None:
    draw.text((640, 360), "THE LONG WAY HOME", 250, ImageFont.load_default(90), "mm")


def _over(looks: Sequence[Grey], words: Draw) -> list[Grey]:
    """Drawn on what is four times as wide and made small, as a video's are."""
    found = []
    for look in looks:
        large = Image.fromarray(look).resize((TIMES * WIDTH, TIMES * HEIGHT))
        words(ImageDraw.Draw(large))
        found.append(np.asarray(large.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)))
    return found


def _coded(looks: Sequence[Grey], quality: int) -> list[Grey]:
    found = []
    for look in looks:
        file = io.BytesIO()
        Image.fromarray(look).save(file, "jpeg", quality=quality)
        found.append(np.asarray(Image.open(file).convert("L")))
    return found


def _dim(world: Grey) -> Grey:
    """As what titles are laid over: white words don't show over white."""
    return (world * 0.7).astype(np.uint8)


@pytest.mark.parametrize("quality", [80, 45])
@pytest.mark.parametrize("words", [_subtitles, _lower_third, _title])
@pytest.mark.parametrize(
    "looks",
    [_pan(_dim(_world(1)), 3), _pan(_dim(_world(2)), 1.5), _pan(_dim(_blocks(3)), 3), _zoom(_dim(_blocks(4)))],
    ids=["pan", "slow pan", "blocks", "zoom"],
)
def test_words_over_what_moves_are_seen(looks: list[Grey], words: Draw, quality: int) -> None:
    assert np.mean(lettered(_coded(_over(looks, words), quality))) > 0.5


def _grass(down: float) -> list[Grey]:
    """Blades of light and dark that sway, and so only seem to move up or down."""
    chance = np.random.default_rng(12)
    blades = chance.integers(40, 220, (2 * HEIGHT // 5, 4 * WIDTH // 2)).astype(np.uint8)
    world = np.kron(blades, np.ones((5, 2), np.uint8))
    sways = (np.roll(look, round(2 * np.sin(number)), axis=1) for number, look in enumerate(_pan(world, 0, down)))
    return list(sways)


def _credits(looks: Sequence[Grey], pace: float) -> list[Grey]:
    """Names that move up, `pace` rows from look to look; white, in two columns."""
    roll = Image.new("L", (TIMES * WIDTH, 3 * TIMES * HEIGHT))
    draw, names = (
        ImageDraw.Draw(roll),
        ("Director", "Anna Petrova", "Camera", "J. Doe", "Music", "Long Names Orchestra"),
    )
    for number in range(40):
        for left, name in ((300, names[number % 6]), (690, names[(number + 3) % 5])):
            draw.text((left, 40 + 46 * number), name, 255, ImageFont.load_default(32))
    found = []
    for number, look in enumerate(looks):
        top = round(TIMES * pace * number)
        words = roll.crop((0, top, TIMES * WIDTH, top + TIMES * HEIGHT)).resize(
            (WIDTH, HEIGHT), Image.Resampling.BILINEAR
        )
        found.append(np.maximum(look, np.asarray(words)))
    return found


@pytest.mark.parametrize("quality", [80, 45])
@pytest.mark.parametrize("pace", [0.9, 1.7, 3.3])
@pytest.mark.parametrize(
    "looks",
    [
        _pan((_world(1) * 0.35).astype(np.uint8), 3),
        _pan((_world(2) * 0.35).astype(np.uint8), 0),
        [np.full((HEIGHT, WIDTH), 16, np.uint8)] * LOOKS,
    ],
    ids=["pan", "still", "black"],
)
def test_credits_that_scroll_are_seen(looks: list[Grey], pace: float, quality: int) -> None:
    assert np.mean(lettered(_coded(_credits(looks, pace), quality))) > 0.5


def test_seconds_without_credits_are_taken_though_credits_move_more_and_are_sharper(tmp_path: Path) -> None:
    """Both pieces that promised most were of credits, and nothing else was looked at."""
    scene = [_world(1)[60 : 60 + HEIGHT, number : number + WIDTH] for number in range(80)]
    ground = [
        (_world(2)[60 : 60 + HEIGHT, 2 * number : 2 * number + WIDTH] * 0.35).astype(np.uint8) for number in range(140)
    ]
    found = highlights(_film(tmp_path / "film.mp4", [*scene, *_credits(ground, 1.4)]), _order())
    assert found.best[0].end <= 8.1
    assert "words over the picture" not in found.best[0].reasons


@pytest.mark.parametrize("quality", [80, 45])
@pytest.mark.parametrize(
    "looks",
    [
        _pan(_world(1), 3),
        _pan(_blocks(2), 3),
        _pan(_blocks(3), 0, 2),
        _grass(0.0),
        _grass(1.0),
        _pan(_blocks(4), 1, 1),
        _pan(_world(5), 0),
        _pan(_fence(6), 2),
        _pan(_fence(7), 0, 1),
        _zoom(_blocks(8)),
        _tracked(_pan(_world(9), 3), jitter=0),
        _tracked(_pan(_world(9), 3), jitter=1),
        _passers_by(),
        _sign_in_the_scene(),
    ],
    ids=[
        "pan",
        "blocks",
        "tilt",
        "grass",
        "grass tilt",
        "both",
        "still",
        "fence",
        "fence tilt",
        "zoom",
        "shirt",
        "shirt 1",
        "people",
        "sign",
    ],
)
def test_what_only_looks_like_words_is_not_seen_as_such(looks: list[Grey], quality: int) -> None:
    assert not any(lettered(_coded(looks, quality)))


def test_pictures_of_another_size_are_no_words_and_no_fault() -> None:
    assert not any(lettered([np.zeros((HEIGHT, WIDTH - number), np.uint8) for number in range(LOOKS)]))
    assert lettered([]) == []
    assert lettered([np.zeros((8, 8), np.uint8)] * 9) == [False] * 9


def test_seconds_without_words_are_taken_before_those_with_them(tmp_path: Path) -> None:
    """A title for six seconds, then the same world without; and where words are everywhere, they are said."""
    looks = [_world(1)[60 : 60 + HEIGHT, 2 * number : 2 * number + WIDTH] for number in range(120)]
    titled = [*_over(looks[:60], _subtitles), *looks[60:]]
    found = highlights(_film(tmp_path / "film.mp4", titled), _order())
    assert found.best[0].start >= 5.9
    assert all("words over the picture" not in one.reasons for one in found.best)
    assert "words over the picture" in {one.reason for one in found.avoided}
    everywhere = highlights(_film(tmp_path / "all.mp4", _over(looks, _subtitles)), _order())
    assert "words over the picture" in everywhere.best[0].reasons
    assert "it moves" in everywhere.best[0].reasons


def _order() -> Order:
    return Order(spec=AnimationSpec(format="webp", fps=5), choice=Choice(auto=2.0))


def _film(path: Path, looks: Sequence[Grey]) -> Path:
    frames = (av.VideoFrame.from_ndarray(look, format="gray").reformat(format="yuv420p") for look in looks)
    options = {"g": "15", "crf": "20"}
    return render(path, Clip(codec="libx264", rate=10, width=WIDTH, height=HEIGHT, options=options, source=frames))
