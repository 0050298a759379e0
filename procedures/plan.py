"""The frozen Plan: what a task will do, template values resolved, so that no later edit changes it (invariant I8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

from animator.core.choice import Choice
from animator.core.choice import mistakes as mistakes_of_choice
from animator.core.order import Order
from applications.errors import InvalidValue, NotFound, refuse
from applications.models import Application
from procedures.snapshots import SnapshotInput, SnapshotStep, resolved, snapshot_step
from procedures.unmade import UnmadeStep
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields
from templates_app.selectors import templates_named
from templates_app.services import proposed

MAX_OFFSET = 1_000_000.0  # seconds; more than any video has, small enough for exact arithmetic
SNAPSHOT_TEMPLATE = 10  # the cloud's preset: JPEG of the source's size; there are no others here
POSITIONS = ("Time", "Percent")
MAX_COVERS = 10


@dataclass(frozen=True, slots=True)
class StepInput:
    """A step as asked for: template id, offsets in seconds (docs/protocol 2.3.1), and what is otherwise than there.

    `choice` may leave to the engine what lies between the offsets.
    """

    definition: int
    start: float = 0.0
    end: float = 0.0
    choice: Choice = field(default_factory=Choice)
    picture: TemplateFields = field(default_factory=TemplateFields)


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One animated image: template id and label as they were, and the order that the engine gets.

    `changed` are the values that this run had instead of the template's, by their names there; the order has them, too.
    Stored as one flat object, so that plans of the first release are read like any other.
    """

    definition: int
    label: str
    order: Order
    changed: Mapping[str, Any] = field(default_factory=dict)
    job_kind: ClassVar[str] = "animate"

    def as_dict(self) -> dict[str, Any]:
        told = {"changed": dict(self.changed)} if self.changed else {}
        return {"definition": self.definition, "label": self.label, **told, **self.order.as_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PlanStep:
        own = {name: data[name] for name in ("definition", "label", "changed") if name in data}
        order = {name: value for name, value in data.items() if name not in own}
        return cls(**own, order=Order.from_dict(order))


@dataclass(frozen=True, slots=True)
class CoverStep:
    """A cover to make. `position_value` says of which moment, in a unit that depends on `position_type`.

    It is seconds from the beginning for "Time", otherwise percent (0–100) of the duration.
    """

    definition: int
    position_type: str
    position_value: float
    job_kind: ClassVar[str] = "cover"

    @property
    def label(self) -> str:
        unit = "s" if self.position_type == "Time" else "%"
        return f"Cover at {self.position_value:g} {unit}"

    def as_dict(self) -> dict[str, Any]:
        return {"cover": asdict(self), "label": self.label}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CoverStep:
        return cls(**data["cover"])


Part = PlanStep | CoverStep | SnapshotStep | UnmadeStep


@dataclass(frozen=True, slots=True)
class Plan:
    """What one task does; `procedure` is the task flow's name, or "" when the steps were given one by one."""

    steps: tuple[PlanStep, ...] = ()
    procedure: str = ""
    covers: tuple[CoverStep, ...] = ()
    snapshots: tuple[SnapshotStep, ...] = ()
    unmade: tuple[UnmadeStep, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order in which a task shows them."""
        return (*self.steps, *self.covers, *self.snapshots, *self.unmade)

    @classmethod
    def from_dicts(cls, parts: Sequence[dict[str, Any]], *, procedure: str) -> Plan:
        """Of stored parts, each of which is known by what it has."""
        kinds: dict[str, list[dict[str, Any]]] = {"cover": [], "snapshot": [], "unmade": [], "": []}
        for data in parts:
            kinds[next((name for name in kinds if name in data), "")].append(data)
        return cls(
            steps=tuple(PlanStep.from_dict(data) for data in kinds[""]),
            covers=tuple(CoverStep.from_dict(data) for data in kinds["cover"]),
            snapshots=tuple(SnapshotStep.from_dict(data) for data in kinds["snapshot"]),
            unmade=tuple(UnmadeStep.from_dict(data) for data in kinds["unmade"]),
            procedure=procedure,
        )


def step(
    template: AnimatedImageTemplate,
    *,
    start: float = 0.0,
    end: float = 0.0,
    choice: Choice | None = None,
    picture: TemplateFields | None = None,
) -> PlanStep:
    """Raises InvalidValue for offsets that are no numbers; whether they fit the video is known only when it is open.

    `picture` has what is to be otherwise than the template says.
    """
    meant = proposed(template, picture) if picture else template
    refuse(
        InvalidValue(sentence, field=f"{name}_offset") for name, sentence in mistakes_of_offsets(start=start, end=end)
    )
    return PlanStep(
        definition=template.definition,
        label=template.label,
        order=Order(spec=meant.spec, start=start, end=end, scored=meant.score, choice=choice or Choice()),
        changed=picture or {},
    )


def mistakes_of_offsets(*, start: float, end: float) -> Iterator[tuple[str, str]]:
    """`start` or `end`, and what is wrong with it."""
    wrong = [name for name, value in (("start", start), ("end", end)) if not abs(value) <= MAX_OFFSET]
    yield from ((name, "An offset is a number of seconds.") for name in wrong)
    if not wrong and start * end > 0 and start >= end:
        yield "start", "The start offset lies at or behind the end offset."


def plan(
    steps: Iterable[PlanStep],
    *,
    covers: Sequence[CoverStep] = (),
    snapshots: Iterable[SnapshotStep] = (),
    unmade: Iterable[UnmadeStep] = (),
    procedure: str = "",
) -> Plan:
    """Raises InvalidValue when there is nothing to do, or a cover's position makes no sense."""
    frozen = Plan(
        steps=tuple(steps),
        covers=checked_covers(covers),
        snapshots=tuple(snapshots),
        unmade=tuple(unmade),
        procedure=procedure,
    )
    if not frozen.parts:
        raise InvalidValue("Add at least one animated image.", field="steps")
    return frozen


def plan_from(
    application: Application,
    steps: Iterable[StepInput],
    *,
    covers: Sequence[CoverStep] = (),
    snapshots: Sequence[SnapshotInput] = (),
    unmade: Sequence[UnmadeStep] = (),
    picture: TemplateFields | None = None,
) -> Plan:
    """Processing without a task flow; `picture` as in `step`, for all of them. Raises NotFound (a template) or
    InvalidValue."""
    wanted = list(steps)
    templates = templates_named(application, [one.definition for one in wanted])
    return plan(
        (
            step(
                templates[one.definition],
                start=one.start,
                end=one.end,
                choice=one.choice,
                picture={**(picture or {}), **one.picture},
            )
            for one in wanted
        ),
        covers=covers,
        snapshots=[snapshot_step(*one) for one in resolved(application, snapshots)] if snapshots else (),
        unmade=unmade,
    )


CHOICE_FIELDS = tuple(one.name for one in fields(Choice))
"""The names of what a step says of its choice, at every door."""


def choice_of(**asked: Any) -> Choice:
    """As the engine wants it, of any of CHOICE_FIELDS. Raises InvalidValue."""
    refuse(InvalidValue(sentence, field=name) for name, sentence in mistakes_of_choice(asked))
    return Choice(**asked)


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
