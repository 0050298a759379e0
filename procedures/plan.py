"""The frozen Plan: what a task will do, template values resolved, so that no later edit changes it (invariant I8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from animator.core.order import Order
from applications.errors import InvalidValue
from procedures.covers import CoverStep, cover_steps
from templates_app.models import AnimatedImageTemplate

MAX_OFFSET = 1_000_000.0  # seconds; more than any video has, small enough for exact arithmetic


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
    frozen = Plan(steps=tuple(steps), covers=cover_steps(covers), procedure=procedure)
    if not frozen.parts:
        raise InvalidValue("Add at least one animated image.", field="steps")
    return frozen
