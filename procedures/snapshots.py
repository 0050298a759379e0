"""Snapshots in a task flow: as they are asked for, and frozen as a part of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from animator.core.errors import InvalidSpec
from animator.core.stills_order import StillsOrder, parsed
from applications.errors import InvalidValue, refuse
from applications.models import Application
from templates_app.snapshot_kinds import SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate
from templates_app.snapshots.selectors import snapshot_templates_named

MAX_MOMENTS = 100  # of one step
MAX_MOMENT = 20  # characters
_SHOWN = 5  # moments that a label names


@dataclass(frozen=True, slots=True)
class SnapshotInput:
    """A step as asked for: its template's kind and id, and `moments` (StillsOrder) where the kind wants any."""

    kind: str
    definition: int
    moments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotStep:
    """Snapshots of one kind: template id and label as they were, and the order that the engine gets."""

    kind: str
    definition: int
    label: str
    order: StillsOrder
    job_kind: ClassVar[str] = "snapshot"

    def as_dict(self) -> dict[str, Any]:
        return {"snapshot": self.kind, "definition": self.definition, "label": self.label, **self.order.as_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SnapshotStep:
        order = {name: value for name, value in data.items() if name not in ("snapshot", "definition", "label")}
        return cls(data["snapshot"], data["definition"], data["label"], StillsOrder.from_dict(order))


def resolved(
    application: Application, wanted: Sequence[SnapshotInput]
) -> Iterator[tuple[SnapshotTemplate, tuple[str, ...]]]:
    """Each step's template, and its moments. Raises NotFound."""
    templates = snapshot_templates_named(application, [(one.kind, one.definition) for one in wanted])
    for one in wanted:
        yield templates[one.kind, one.definition], one.moments


def snapshot_step(template: SnapshotTemplate, moments: Sequence[str]) -> SnapshotStep:
    """Raises InvalidValue for moments that make no sense; whether they fit the video is known only when it is open."""
    refuse(mistakes_of_moments(moments, kind=template.sort))
    order = template.order(tuple(moments))
    more = ", …" if len(moments) > _SHOWN else ""
    told = f" at {', '.join(moments[:_SHOWN])}{more}" if moments else ""
    return SnapshotStep(template.kind, template.definition, f"{template.label}{told}", order)


def mistakes_of_moments(moments: Sequence[str], *, kind: SnapshotKind | None) -> Iterator[InvalidValue]:
    """What is wrong with those of a kind of templates, or of any when it isn't known of which."""
    if kind and kind.sampled and moments:
        yield InvalidValue("A template that samples takes no moments.", field="moments")
    elif kind and not kind.sampled and not 1 <= len(moments) <= MAX_MOMENTS:
        yield InvalidValue(f"Name 1 to {MAX_MOMENTS} moments, like 3.5s or 10%.", field="moments")
    for moment in moments:
        try:
            parsed(moment)
        except InvalidSpec as error:
            yield InvalidValue(str(error), field="moments")
