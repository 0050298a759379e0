"""One picture as it is asked for. It is written down once, and every door, job, child and recipe passes it on whole."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from animator.core.errors import InvalidSpec, InvalidTimeOffset
from animator.core.options import option

FORMATS = ("gif", "webp")
MAX_EDGE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationSpec:
    """What a template says of a picture; raises InvalidSpec when built with nonsense.

    Fields:
        format: "gif" or "webp"
        fps: frames a second, 1–60
        width, height: pixels; 0 follows the source (see output_size)
        quality: 1–100
        adaptive: width means the long edge and height the short one (docs/protocol 2.1, ResolutionAdaptive)
    """

    format: str = field(metadata=option("by default the suffix of OUTPUT", choices=FORMATS, default=None))
    fps: int = field(metadata=option("frames a second, 1-60 (10)", type=int, default=10, metavar="N"))
    width: int = field(default=0, metadata=option("long edge in pixels; 0 follows", type=int, metavar="W"))
    height: int = field(default=0, metadata=option("short edge in pixels; 0 follows", type=int, metavar="H"))
    quality: float = field(default=75.0, metadata=option("1-100 (75)", type=float, metavar="Q"))
    adaptive: bool = field(default=True, metadata=option("width and height as they are named", flag="--no-adaptive"))

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InvalidSpec(f"The format must be gif or webp, not {self.format!r}.")
        _require_whole("frame rate", self.fps, 1, 60)
        _require_edge("width", self.width)
        _require_edge("height", self.height)
        if not _is_number(self.quality) or not 1 <= self.quality <= 100:
            raise InvalidSpec(f"The quality must be between 1 and 100, not {self.quality!r}.")
        if not isinstance(self.adaptive, bool):
            raise InvalidSpec(f"Adaptive must be true or false, not {self.adaptive!r}.")

    def output_size(self, source_width: int, source_height: int) -> tuple[int, int]:
        """Width and height of the output for an upright source with square pixels (docs/protocol 2.1, size rule).

        Both 0: as the source. One 0: that side follows in proportion, rounded to the nearest even number. Both given:
        exactly these. Adaptive: `width` is the long edge and `height` the short one, whichever way the source lies.
        """
        width, height = self.width, self.height
        if self.adaptive and source_height > source_width:
            width, height = height, width
        if width == height == 0:
            return source_width, source_height
        if width == 0:
            width = _nearest_even(Fraction(height * source_width, source_height))
        if height == 0:
            height = _nearest_even(Fraction(width * source_height, source_width))
        return width, height

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "AnimationSpec":
        try:
            return cls(**values)
        except TypeError as error:
            raise InvalidSpec(f"This isn't an animation spec: {error}.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the picture looks like, which seconds of the source it shows, and what is made beside it.

    Offsets are in seconds, and what they mean is told by timeline.resolve. `scored` asks for a judgement of the picture
    (make/score.py). `poster_at` is the second of the video that the poster shows, where one is asked for; None stands
    for the picture's first. The fields are what a job's plan stores: a new one needs a default, so that plans of
    earlier releases still say what they said. Raises InvalidTimeOffset for offsets that are no numbers.
    """

    spec: AnimationSpec
    start: float | None = field(
        default=0.0, metadata=option("seconds; -S counts from the end", type=float, metavar="S")
    )
    end: float | None = field(
        default=0.0, metadata=option("seconds; 0 the end, -S before the end", type=float, metavar="S")
    )
    scored: bool = field(
        default=False, metadata=option("also tell how close the picture is to the source", flag="--score")
    )
    poster_at: float | None = field(
        default=None, metadata=option("the poster's second of the video (the first shown)", type=float, metavar="S")
    )

    def __post_init__(self) -> None:
        for name, offset in (("start", self.start), ("end", self.end), ("poster", self.poster_at)):
            if offset is not None and not math.isfinite(offset):
                raise InvalidTimeOffset(f"The {name} offset must be a number of seconds, not {offset}.")

    def as_dict(self) -> dict[str, Any]:
        """JSON's own types only."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Order":
        """Raises InvalidSpec for what is no order, InvalidTimeOffset."""
        try:
            return cls(**{**values, "spec": AnimationSpec.from_dict(values["spec"])})
        except (TypeError, KeyError) as error:
            raise InvalidSpec(f"This isn't an order: {error}.") from error


def _require_edge(name: str, value: int) -> None:
    if value != 0:
        _require_whole(name, value, 1, MAX_EDGE)


def _require_whole(name: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidSpec(f"The {name} must be a whole number between {low} and {high}, not {value!r}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _nearest_even(length: Fraction) -> int:
    """The nearest even number, at least 2. An odd whole number, which is as near to two of them, is rounded up."""
    return max(2, 2 * math.floor(length / 2 + Fraction(1, 2)))
