"""What a picture will be and cost, told before it is made."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Estimate(NamedTuple):
    """Fields:
    bytes, low, high: the file's size, and between which it lies nine times of ten
    seconds: of work on this machine, as busy as it is now
    memory: bytes that the work needs at most
    width, height, ticks, fps: of the picture
    share: of the ticks, how many were tried (1: the size is exact)
    beside: bytes of each file that is made beside it, by kind; about, even of the whole
    """

    bytes: int
    low: int
    high: int
    seconds: float
    memory: int
    width: int
    height: int
    ticks: int
    fps: int
    share: float
    beside: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Estimate":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        whole = ("bytes", "low", "high", "memory", "width", "height", "ticks", "fps")
        return cls(
            **{name: int(values[name]) for name in whole},
            seconds=float(values["seconds"]),
            share=float(values["share"]),
            beside={str(kind): int(size) for kind, size in values["beside"].items()},
        )
