"""A still of the video that becomes its cover (CoverBySnapshotTaskInput, docs/protocol 2.3.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from applications.errors import InvalidValue, NotFound

SNAPSHOT_TEMPLATE = 10  # the cloud's preset: JPEG of the source's size; there are no others here
POSITIONS = ("Time", "Percent")
MAX_COVERS = 10


@dataclass(frozen=True, slots=True)
class CoverStep:
    """position_value: seconds from the beginning, or percent (0–100) of the duration, as position_type says."""

    definition: int
    position_type: str
    position_value: float

    @property
    def label(self) -> str:
        unit = "s" if self.position_type == "Time" else "%"
        return f"Cover at {self.position_value:g} {unit}"

    def as_dict(self) -> dict[str, Any]:
        return {"cover": asdict(self), "label": self.label}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CoverStep:
        return cls(**data["cover"])


def cover_steps(covers: Sequence[CoverStep]) -> tuple[CoverStep, ...]:
    """The same, checked. Raises InvalidValue, or NotFound for a template that isn't there."""
    if len(covers) > MAX_COVERS:
        raise InvalidValue(f"At most {MAX_COVERS} covers can be asked for.", field="covers")
    for cover in covers:
        _check(cover)
    return tuple(covers)


def _check(cover: CoverStep) -> None:
    if cover.definition != SNAPSHOT_TEMPLATE:
        raise NotFound(f"There is no snapshot template {cover.definition}; {SNAPSHOT_TEMPLATE} is.", field="definition")
    if cover.position_type not in POSITIONS:
        raise InvalidValue("A cover's position is a Time in seconds or a Percent.", field="position_type")
    most = 100.0 if cover.position_type == "Percent" else math.inf
    if not 0 <= cover.position_value <= most or not math.isfinite(cover.position_value):
        raise InvalidValue(
            "A cover's position lies within the video: seconds from 0, or 0 to 100 %.", field="position_value"
        )
