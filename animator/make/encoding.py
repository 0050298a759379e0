"""Which encoder makes a picture, and what it is fed with."""

import importlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from animator.core.limits import Limits
from animator.core.order import FORMATS, AnimationSpec
from animator.picture.frames import Canvas, Encoder, Shown
from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler
from animator.read.decode import Picked

if TYPE_CHECKING:
    from animator.film.encoder import Film
    from animator.webp.scaling import ChromaScaler


def encoder_of(spec: AnimationSpec) -> Encoder:
    """The encoder of the wanted format."""
    return encoder_named(spec.format)


def encoder_named(kind: str) -> Encoder:
    """Of a format or a sibling. Only that one is imported, because each import makes a cold start slower."""
    if kind in FORMATS:
        return cast(Encoder, importlib.import_module(f"animator.{kind}.encoder"))
    return film_named(kind)


def size_named(kind: str, canvas: Canvas) -> tuple[int, int]:
    """What a canvas measures in such a file: some know even sides only."""
    return (canvas.width, canvas.height) if kind in FORMATS else film_named(kind).size(canvas)


def film_named(kind: str) -> "Film":
    """Of a sibling that FFmpeg writes."""
    from animator.film.encoder import FILMS

    return FILMS[kind]


def scaled(
    picked: Iterable[Picked],
    *,
    size: tuple[int, int],
    pixel_format: str,
    film: Geometry,
    limits: Limits,
    quality: float,
) -> Iterator[Shown]:
    scaler = _scaler(size, pixel_format, film, quality)
    for picture in picked:
        limits.check_source(picture.frame.width, picture.frame.height)
        yield Shown(picture.first, scaler.scaled(picture.frame, aspect=picture.aspect))


def _scaler(size: tuple[int, int], pixel_format: str, film: Geometry, quality: float) -> "Scaler | ChromaScaler":
    width, height = size
    if pixel_format == "yuv420p":
        from animator.webp.scaling import ChromaScaler

        return ChromaScaler(width=width, height=height, film=film, quality=quality)
    return Scaler(width=width, height=height, pixel_format=pixel_format, film=film)
