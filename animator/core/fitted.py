"""How a picture was kept within its largest size: what moved, from where to where, and what it took."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Moved(NamedTuple):
    """`knob` is quality, fps or size (of which the long edge in pixels is told)."""

    knob: str
    asked: float
    used: float


class Fitted(NamedTuple):
    """Fields:
    max_bytes: what was asked for
    moved: what gave way, in order; nothing when the picture was small enough as it was asked for
    tries: how often the whole picture was made
    """

    max_bytes: int
    moved: tuple[Moved, ...] = ()
    tries: int = 1

    def as_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "moved": [one._asdict() for one in self.moved]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Fitted":
        """Raises KeyError, TypeError or ValueError for anything else."""
        moved = tuple(Moved(str(one["knob"]), float(one["asked"]), float(one["used"])) for one in values["moved"])
        return cls(max_bytes=int(values["max_bytes"]), moved=moved, tries=int(values["tries"]))

    @property
    def sentence(self) -> str:
        """For a person: what gave way for how many bytes."""
        if not self.moved:
            return f"Within {self.max_bytes:,} bytes as it was asked for."
        told = ", ".join(f"{_NAMES[one.knob]} {one.asked:g} → {one.used:g}" for one in self.moved)
        return f"To stay within {self.max_bytes:,} bytes: {told}."


_NAMES = {"quality": "quality", "fps": "frames a second", "size": "long edge"}
