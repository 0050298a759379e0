"""What kinds of snapshots there are, and what each one's templates say beside a picture's look: as data.

A kind has ids of its own: 10 is a preset of each (docs/protocol 2.1.1).
"""

from dataclasses import dataclass, field
from typing import Any

SAMPLE, TIME, SPRITE = "sample", "time", "sprite"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotKind:
    """`sampled`: a still of every so much, and not of given moments; `in_sheets`: many stills in one picture."""

    name: str
    label: str
    sampled: bool
    in_sheets: bool = False
    preset: dict[str, Any] = field(default_factory=dict)


_EVERY_TENTH = {"sample_type": "Percent", "sample_interval": 10}
_SHEET = {"width": 142, "height": 80, "rows": 10, "columns": 10, "sample_type": "Time", "sample_interval": 10}
KINDS = {
    kind.name: kind
    for kind in (
        SnapshotKind(name=TIME, label="Snapshots at moments", sampled=False, preset={"name": "TimepointScreenshot"}),
        SnapshotKind(
            name=SAMPLE, label="Sampled snapshots", sampled=True, preset={"name": "SampleScreenshot", **_EVERY_TENTH}
        ),
        SnapshotKind(
            name=SPRITE,
            label="Image sprite",
            sampled=True,
            in_sheets=True,
            preset={"name": "SpriteScreenshot", **_SHEET},
        ),
    )
}
PRESET = 10  # of each kind
CHOICES = [(kind.name, kind.label) for kind in KINDS.values()]
