"""How much is seen of the place where a picture begins anew."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Seam(NamedTuple):
    """How far the picture that comes is from the one that would have come, as RMS of the luma: 0 is nothing, 1 all.

    `before` is of the segment as it was asked for, cut hard; `after` of what was made of it. `start` and `end` are the
    seconds by which both were moved.
    """

    before: float
    after: float
    start: float = 0.0
    end: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Seam":
        """Raises KeyError, TypeError or ValueError for anything else."""
        return cls(**{name: float(values[name]) for name in ("before", "after", "start", "end")})
