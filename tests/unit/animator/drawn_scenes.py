"""Small clips of the kinds that people make pictures of, drawn: pans, shakes, noise, water, greys, gradients, text."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tests.unit.animator.gif_clips import Picture

WIDTH, HEIGHT, COUNT = 128, 80, 6
Canvas = NDArray[np.float64]


def _world(seed: int, *, grain: float = 0.0) -> Canvas:
    """Soft blobs of colour with sharp edges here and there, larger than a picture."""
    chance = np.random.default_rng(seed)
    soft = gaussian_filter(chance.normal(0, 1, (HEIGHT + 40, WIDTH + 80, 3)), (7, 7, 0))
    fine = gaussian_filter(chance.normal(0, 1, soft.shape), (1, 1, 0))
    world = 128 + 60 * soft / soft.std() + 10 * fine / fine.std()
    world[30:60, 50:90] += (50, -30, 20)
    return world + chance.normal(0, grain, world.shape)


def _cut(world: Canvas, *, x: int, y: int) -> Canvas:
    return world[y : y + HEIGHT, x : x + WIDTH]


def _noise(number: int, strength: float, *, channels: int = 3) -> Canvas:
    return np.random.default_rng(1000 + number).normal(0, strength, (HEIGHT, WIDTH, channels))


def _pan(number: int) -> Canvas:
    return _cut(_world(1), x=5 * number, y=0)


def _hand_held(number: int) -> Canvas:
    shake = np.random.default_rng(number).integers(0, 9, 2)
    return _cut(_world(2, grain=6), x=20 + int(shake[0]), y=10 + int(shake[1])) + _noise(number, 3)


def _webcam(number: int) -> Canvas:
    picture = _cut(_world(3), x=0, y=0) + _noise(number, 4)
    picture[20:50, 40 + 2 * number : 60 + 2 * number] = (90, 60, 50)
    return picture


def _traffic(number: int) -> Canvas:
    picture = _cut(_world(4, grain=5), x=0, y=0).copy()
    picture[50:58, 10 * number : 10 * number + 16] = (200, 30, 30)
    picture[30:36, 100 - 8 * number : 112 - 8 * number] = (230, 230, 235)
    return picture


def _water(number: int) -> Canvas:
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    waves = np.sin(across / 5 + number) * 12 + np.sin(down / 3 - number * 0.8 + across / 17) * 14
    return np.stack([30 + waves * 0.4, 70 + waves, 90 + waves * 1.2], axis=2) + _noise(number, 2)


def _grey_crowd(number: int) -> Canvas:
    return np.repeat(_hand_held(number).mean(axis=2, keepdims=True), 3, axis=2)


def _grey_and_few(number: int) -> Canvas:
    picture = _grey_crowd(number)
    picture[10:20, 8 * number : 8 * number + 12] = (220, 40, 40)
    return picture


def _fade(number: int) -> Canvas:
    return _cut(_world(5), x=10, y=10) * (0.4 + 0.1 * number)


def _sky(number: int) -> Canvas:
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    light = 0.3 * down + 0.1 * across + 2 * number
    return np.stack([90 + light, 130 + light, 200 + 0.3 * light], axis=2) + _noise(number, 1.5)


def _credits(number: int) -> Canvas:
    picture = _cut(_world(6), x=0, y=0).copy()
    letters = np.random.default_rng(9).random((HEIGHT + 40, WIDTH // 4)) > 0.6
    text = np.repeat(letters[4 * number : 4 * number + HEIGHT], 4, axis=1)
    picture[text & (np.arange(HEIGHT)[:, None] % 12 < 6)] = 250
    return picture


_SCENES: dict[str, Callable[[int], Canvas]] = {
    "pan": _pan,
    "hand-held": _hand_held,
    "webcam": _webcam,
    "traffic": _traffic,
    "water": _water,
    "grey crowd": _grey_crowd,
    "grey and few": _grey_and_few,
    "fade": _fade,
    "sky": _sky,
    "credits": _credits,
}
NAMES = tuple(_SCENES)


def drawn(name: str) -> list[Picture]:
    return [_SCENES[name](number).round().clip(0, 255).astype(np.uint8) for number in range(COUNT)]
