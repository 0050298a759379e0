"""The frozen Plan: what a task will do, template values resolved, so that no later edit changes it (invariant I8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from animator.core.order import Order
from applications.errors import InvalidValue, NotFound
from applications.models import Application
from templates_app.models import AnimatedImageTemplate
from templates_app.selectors import template_for

MAX_OFFSET = 1_000_000.0  # seconds; more than any video has, small enough for exact arithmetic
SNAPSHOT_TEMPLATE = 10  # the cloud's preset: JPEG of the source's size; there are no others here
POSITIONS = ("Time", "Percent")
MAX_COVERS = 10


@dataclass(frozen=True, slots=True)
class StepInput:
    """A step as asked for: template id, offsets in seconds (docs/protocol 2.3.1)."""

    definition: int
    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One animated image: template id and label as they were, and the order that the engine gets.

    Stored as one flat object, so that plans of the first release are read like any other.
    """

    definition: int
    label: str
    order: Order

    def as_dict(self) -> dict[str, Any]:
        return {"definition": self.definition, "label": self.label, **self.order.as_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PlanStep:
        order = {name: value for name, value in data.items() if name not in ("definition", "label")}
        return cls(definition=data["definition"], label=data["label"], order=Order.from_dict(order))


@dataclass(frozen=True, slots=True)
class CoverStep:
    """A cover to make. `position_value` says of which moment, in a unit that depends on `position_type`.

    It is seconds from the beginning for "Time", otherwise percent (0–100) of the duration.
    """

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What one task does; `procedure` is the task flow's name, or "" when the steps were given one by one."""

    steps: tuple[PlanStep, ...]
    procedure: str = ""
    covers: tuple[CoverStep, ...] = ()

    @property
    def parts(self) -> tuple[PlanStep | CoverStep, ...]:
        """In the order in which a task shows them."""
        return (*self.steps, *self.covers)

    @classmethod
    def from_dicts(cls, parts: Sequence[dict[str, Any]], *, procedure: str) -> Plan:
        return cls(
            steps=tuple(PlanStep.from_dict(data) for data in parts if "cover" not in data),
            covers=tuple(CoverStep.from_dict(data) for data in parts if "cover" in data),
            procedure=procedure,
        )


def step(template: AnimatedImageTemplate, *, start: float = 0.0, end: float = 0.0) -> PlanStep:
    """Raises InvalidValue for offsets that are no numbers; whether they fit the video is known only when it is open."""
    for name, value in (("start_offset", start), ("end_offset", end)):
        if not math.isfinite(value) or abs(value) > MAX_OFFSET:
            raise InvalidValue("An offset is a number of seconds.", field=name)
    if start * end > 0 and start >= end:
        raise InvalidValue("The start offset lies at or behind the end offset.", field="start_offset")
    return PlanStep(
        definition=template.definition,
        label=template.label,
        order=Order(spec=template.spec, start=start, end=end, scored=template.score),
    )


def plan(steps: Iterable[PlanStep], *, covers: Sequence[CoverStep] = (), procedure: str = "") -> Plan:
    """Raises InvalidValue when there is nothing to do, or a cover's position makes no sense."""
    frozen = Plan(steps=tuple(steps), covers=checked_covers(covers), procedure=procedure)
    if not frozen.parts:
        raise InvalidValue("Add at least one animated image.", field="steps")
    return frozen


def plan_from(application: Application, steps: Iterable[StepInput], *, covers: Sequence[CoverStep] = ()) -> Plan:
    """Processing without a task flow. Raises NotFound (a template) or InvalidValue."""
    return plan(
        (step(template_for(application, one.definition), start=one.start, end=one.end) for one in steps),
        covers=covers,
    )


def checked_covers(covers: Sequence[CoverStep]) -> tuple[CoverStep, ...]:
    """The same, checked. Raises InvalidValue, or NotFound for a template that isn't there."""
    if len(covers) > MAX_COVERS:
        raise InvalidValue(f"At most {MAX_COVERS} covers can be asked for.", field="covers")
    for cover in covers:
        _check_cover(cover)
    return tuple(covers)


def _check_cover(cover: CoverStep) -> None:
    if cover.definition != SNAPSHOT_TEMPLATE:
        raise NotFound(f"There is no snapshot template {cover.definition}; {SNAPSHOT_TEMPLATE} is.", field="definition")
    if cover.position_type not in POSITIONS:
        raise InvalidValue("A cover's position is a Time in seconds or a Percent.", field="position_type")
    most = 100.0 if cover.position_type == "Percent" else math.inf
    if not 0 <= cover.position_value <= most or not math.isfinite(cover.position_value):
        raise InvalidValue(
            "A cover's position lies within the video: seconds from 0, or 0 to 100 %.", field="position_value"
        )
