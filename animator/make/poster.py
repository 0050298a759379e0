"""A still of a chosen moment, as JPEG or WebP: from a decode of its own, or from the one that makes the animation."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av import VideoFrame

from animator.core.errors import ConfigurationUnsupported
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.timeline import Segment, as_fraction
from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler
from animator.read.decode import Picked, Picker
from animator.read.source import Source, open_source

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
QUALITY = 85
MAX_EDGE = 1280
# One tick of a still: short enough to show the very picture that is on screen at the moment.
RATE = Fraction(1000)


def still(
    source: Path, target: Path, *, at: float | None = None, max_edge: int = MAX_EDGE, limits: Limits = DEFAULT_LIMITS
) -> None:
    """Write the picture on screen `at` seconds (None: a tenth into the video), its longer edge `max_edge` px at most.

    The format follows `target`'s suffix: .jpg or .webp. A transparent source is shown on white in a JPEG.
    """
    image_format(target)
    with open_source(source, limits=limits) as opened:
        frame = next(iter(Picker(opened, _moment(opened, at), fps=RATE))).frame
        save_still(frame, target, Geometry.of(frame, opened.stream), max_edge=max_edge)


def with_still(
    picked: Iterator[Picked], target: Path, geometry: Geometry, *, tick: int, max_edge: int = MAX_EDGE
) -> Iterator[Picked]:
    """The same pictures; the one on screen at `tick` is written to `target` on its way."""
    held: Picked | None = None
    for picture in picked:
        if held is not None and held.first <= tick < picture.first:
            save_still(held.frame, target, geometry, max_edge=max_edge)
        held = picture
        yield picture
    if held is not None and held.first <= tick:
        save_still(held.frame, target, geometry, max_edge=max_edge)


def save_still(frame: VideoFrame, target: Path, geometry: Geometry, *, max_edge: int) -> None:
    kind = image_format(target)
    width, height = _fitted(geometry.width, geometry.height, max_edge)
    pixel_format = "rgba" if geometry.alpha else "rgb24"
    scaler = Scaler(width=width, height=height, pixel_format=pixel_format, orientation=geometry.orientation)
    # Imported where it is used, so that a job without a poster starts sooner.
    from PIL import Image

    image = Image.fromarray(scaler.scaled(frame).to_ndarray())
    if image.mode == "RGBA" and kind == "JPEG":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    image.save(target, kind, quality=QUALITY)


def image_format(target: Path) -> str:
    """Raises ConfigurationUnsupported for a suffix that is no poster's."""
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        told = target.suffix or "one without suffix"
        raise ConfigurationUnsupported(f"A poster is a .jpg or .webp file, not {told}.")
    return kind


def _moment(source: Source, at: float | None) -> Segment:
    start = source.duration / 10 if at is None else as_fraction(at)
    start = min(max(start, Fraction(0)), source.duration)
    return Segment(start=start, end=start + 1 / RATE)


def _fitted(width: int, height: int, max_edge: int) -> tuple[int, int]:
    scale = min(Fraction(1), Fraction(max_edge, max(width, height)))
    return max(1, round(width * scale)), max(1, round(height * scale))
