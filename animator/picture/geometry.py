"""The size at which a source is to be seen: with square pixels, turned upright."""

from dataclasses import dataclass
from fractions import Fraction

from av import VideoFrame
from av.video.stream import VideoStream

from animator.picture.orientation import Orientation


@dataclass(frozen=True, slots=True)
class Geometry:
    """width, height in square pixels after turning."""

    width: int
    height: int
    orientation: Orientation
    alpha: bool

    @classmethod
    def of(cls, frame: VideoFrame, stream: VideoStream) -> "Geometry":
        orientation = Orientation.of(frame)
        shape = squared(frame.width, frame.height, aspect=stream.sample_aspect_ratio)
        return cls(*orientation.turned(*shape), orientation=orientation, alpha=has_alpha(frame))


def squared(width: int, height: int, *, aspect: Fraction | None) -> tuple[int, int]:
    """The size with square pixels: the shorter way of the pixel is stretched, as browsers do, so no detail is lost."""
    if not aspect or aspect <= 0:
        return width, height
    if aspect > 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def has_alpha(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)
