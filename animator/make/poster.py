"""A still of a chosen moment, as JPEG or WebP: from a decode of its own, or from the one that makes the animation."""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from animator.core.errors import ConfigurationUnsupported, InvalidTimeOffset
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.timeline import as_fraction
from animator.picture.geometry import Geometry
from animator.read.decode import Picked
from animator.read.moments import pictures_at
from animator.read.source import Source, open_source
from animator.read.view import geometry_of

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
MAX_EDGE = 1280


def still(
    source: Path, target: Path, *, at: float | None = None, max_edge: int = MAX_EDGE, limits: Limits = DEFAULT_LIMITS
) -> None:
    """Write the picture on screen `at` seconds (None: a tenth into the video), its longer edge `max_edge` px at most.

    The format follows `target`'s suffix: .jpg or .webp. A transparent source is shown on white in a JPEG.
    """
    image_format(target)
    with open_source(source, limits=limits) as opened:
        picture = next(pictures_at(opened, [_moment(opened, at)]))
        save_still(picture, target, geometry_of(picture, opened), max_edge=max_edge)


def with_still(
    picked: Iterator[Picked], target: Path, geometry: Geometry, *, tick: int, max_edge: int = MAX_EDGE
) -> Iterator[Picked]:
    """The same pictures; the one on screen at `tick` is written to `target` on its way."""
    held: Picked | None = None
    for picture in picked:
        if held is not None and held.first <= tick < picture.first:
            save_still(held, target, geometry, max_edge=max_edge)
        held = picture
        yield picture
    if held is not None and held.first <= tick:
        save_still(held, target, geometry, max_edge=max_edge)


def save_still(picture: Picked, target: Path, geometry: Geometry, *, max_edge: int) -> None:
    kind = image_format(target)
    # Imported where it is used, so that a job without a poster starts sooner.
    from animator.make.still_image import Stills, save

    stills = Stills(geometry, fitted_edges(geometry.width, geometry.height, max_edge), opaque=kind == "JPEG")
    with target.open("wb") as file:
        save(stills.image(picture), file, kind)


def image_format(target: Path) -> str:
    """Raises ConfigurationUnsupported for a suffix that is no poster's."""
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        told = target.suffix or "one without suffix"
        raise ConfigurationUnsupported(f"A poster is a .jpg or .webp file, not {told}.")
    return kind


def _moment(source: Source, at: float | None) -> Fraction:
    if at is not None and not math.isfinite(at):
        raise InvalidTimeOffset(f"The still's offset must be a number of seconds, not {at}.")
    start = source.duration / 10 if at is None else as_fraction(at)
    return min(max(start, Fraction(0)), source.duration)


def fitted_edges(width: int, height: int, max_edge: int) -> tuple[int, int]:
    """The same shape, its longer edge `max_edge` pixels at most."""
    scale = min(Fraction(1), Fraction(max_edge, max(width, height)))
    return max(1, round(width * scale)), max(1, round(height * scale))
