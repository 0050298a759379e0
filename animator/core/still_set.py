"""What became of an order of stills: a plain record that travels as JSON, beside one file that holds all pictures."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class StillSet(NamedTuple):
    """Stills as written.

    Fields:
        width, height: of one still, in pixels
        duration: of the video, in seconds
        moments: of each still, in seconds, as the order has them
        spans: of each file, a still in the same order or a sheet: where in the bundle it begins, and its bytes
        notes: facts a person should know
    """

    width: int
    height: int
    duration: float
    moments: tuple[float, ...]
    spans: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "StillSet":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        return cls(
            width=int(values["width"]),
            height=int(values["height"]),
            duration=float(values["duration"]),
            moments=tuple(float(moment) for moment in values["moments"]),
            spans=tuple((int(begin), int(length)) for begin, length in values["spans"]),
            notes=tuple(str(note) for note in values["notes"]),
        )
