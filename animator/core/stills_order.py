"""A set of stills as it is asked for: of which moments, how large, in files of their own or in sheets."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from animator.core.errors import ConfigurationUnsupported, InvalidSpec, InvalidTimeOffset
from animator.core.order import MAX_EDGE
from animator.core.sizing import output_size

FORMATS = ("jpg", "png", "webp")
FILLS = ("stretch", "black", "white", "gauss")
# Of one order; a picture every second of an hour.
MOST = 3600
MAX_GRID = 100
# Pixels of a sheet's edge, as in the cloud.
MAX_SHEET_EDGE = 15000
_MOMENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(s|ms|%)")
_UNITS = {"s": Fraction(1), "ms": Fraction(1, 1000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StillsOrder:
    """Which stills to make of a video; raises InvalidSpec when built with nonsense.

    Moments are texts: "3.5s" or "1500ms" from the beginning, "10%" of the duration. Fields:
        format: "jpg", "png" or "webp"
        width, height: of one still, in pixels; 0 follows the source (sizing.output_size)
        adaptive: width means the long edge and height the short one
        fill: what happens when a still's shape isn't the source's: "stretch" it, or fit it in, and fill the rest with
            "black", "white" or, "gauss", with the picture itself, blurred
        moments: each its still, in this order
        every: instead of moments, a still at 0 and after each such span
        rows, columns: stills that a sheet holds; 0: each is a file of its own
    """

    format: str = "jpg"
    width: int = 0
    height: int = 0
    adaptive: bool = True
    fill: str = "black"
    moments: tuple[str, ...] = ()
    every: str = ""
    rows: int = 0
    columns: int = 0

    def __post_init__(self) -> None:
        if self.format not in FORMATS or self.fill not in FILLS:
            raise InvalidSpec(f"A still is a jpg, png or webp, filled with one of {', '.join(FILLS)}.")
        for value, most in [
            *((edge, MAX_EDGE) for edge in (self.width, self.height)),
            *((count, MAX_GRID) for count in (self.rows, self.columns)),
        ]:
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
                raise InvalidSpec(f"A size or count of stills is a whole number from 0 to {most}, not {value!r}.")
        if bool(self.moments) == bool(self.every) or bool(self.rows) != bool(self.columns):
            raise InvalidSpec("Stills are of moments or of every so much, and a sheet has rows and columns.")
        if len(self.moments) > MOST:
            raise InvalidSpec(f"At most {MOST} moments can be asked for at once.")
        if self.every and not parsed(self.every)[0]:
            raise InvalidSpec("The span between two stills is longer than nothing.")
        for moment in self.moments:
            parsed(moment)

    @property
    def is_sheet(self) -> bool:
        return self.rows > 0

    def size(self, source_width: int, source_height: int, *, shape: Fraction | None = None) -> tuple[int, int]:
        """Of one still of an upright source with square pixels. Raises ConfigurationUnsupported for a large sheet."""
        source = (source_width, source_height)
        width, height = output_size(source, width=self.width, height=self.height, adaptive=self.adaptive, shape=shape)
        if self.is_sheet and max(width * self.columns, height * self.rows) > MAX_SHEET_EDGE:
            raise ConfigurationUnsupported(
                f"The sheet would measure {width * self.columns}x{height * self.rows} pixels; no edge may be longer "
                f"than {MAX_SHEET_EDGE}. Choose smaller stills, or fewer rows and columns."
            )
        return width, height

    def moments_of(self, duration: Fraction) -> list[Fraction]:
        """Seconds from the beginning of a video that lasts `duration`, in the order of the stills.

        Raises InvalidTimeOffset for a moment past its end, ConfigurationUnsupported for more than MOST.
        """
        if self.moments:
            return [_within(moment, duration) for moment in self.moments]
        span = seconds(self.every, duration)
        if span * MOST < duration:
            raise ConfigurationUnsupported(
                f"A still every {self.every} of a video of {float(duration):.3f} s would be more than {MOST}. "
                "Choose a longer interval."
            )
        count = max(1, math.ceil(duration / span)) if span else 1
        return [number * span for number in range(count)]

    def as_dict(self) -> dict[str, Any]:
        """JSON's own types only."""
        return {**asdict(self), "moments": list(self.moments)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "StillsOrder":
        """Raises InvalidSpec for what is no order."""
        try:
            return cls(**{**values, "moments": tuple(values.get("moments", ()))})
        except TypeError as error:
            raise InvalidSpec(f"This isn't an order of stills: {error}.") from error


def parsed(moment: str) -> tuple[Fraction, str]:
    """The number and the unit: s, ms or %. Raises InvalidSpec."""
    match = _MOMENT.fullmatch(moment)
    if match is None:
        raise InvalidSpec(f"A moment is a number of seconds like 3.5s, or a share of the video like 10%, not {moment}.")
    number, unit = Fraction(match[1]), match[2]
    if unit == "%" and number > 100:
        raise InvalidSpec(f"A moment lies within the video: 0% to 100%, not {moment}.")
    return number, unit


def seconds(moment: str, duration: Fraction) -> Fraction:
    """From the beginning of a video that lasts `duration` seconds. Raises InvalidSpec."""
    number, unit = parsed(moment)
    return duration * number / 100 if unit == "%" else number * _UNITS[unit]


def _within(moment: str, duration: Fraction) -> Fraction:
    at = seconds(moment, duration)
    if at > duration:
        raise InvalidTimeOffset(f"{moment} lies past the end of the video, which lasts {float(duration):.3f} s.")
    return at
