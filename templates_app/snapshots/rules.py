"""The ranges of a snapshot template's fields (docs/protocol 2.1.1 and 7: the wider one where texts differ)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NotRequired, TypedDict

from animator.core.stills_order import FILLS, FORMATS, MAX_GRID, MAX_SHEET_EDGE
from applications.errors import InvalidValue, refuse
from templates_app.rules import MAX_COMMENT, MAX_NAME
from templates_app.snapshot_kinds import SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate

SIZES = range(32, 4097)
INTERVALS = {"Percent": range(1, 101), "Time": range(1, 86_401)}
GRID = range(1, MAX_GRID + 1)


class SnapshotFields(TypedDict):
    """What can be said of a template; whatever is left out keeps its default, or at a change its value."""

    name: NotRequired[str]
    comment: NotRequired[str]
    format: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    resolution_adaptive: NotRequired[bool]
    fill_type: NotRequired[str]
    sample_type: NotRequired[str]
    sample_interval: NotRequired[int]
    rows: NotRequired[int]
    columns: NotRequired[int]


SAMPLING, GRIDDING = ("sample_type", "sample_interval"), ("rows", "columns")


def fields_of(kind: SnapshotKind) -> tuple[str, ...]:
    """Those that a template of this kind has."""
    left_out = (*(() if kind.sampled else SAMPLING), *(() if kind.in_sheets else GRIDDING))
    return tuple(name for name in SnapshotFields.__annotations__ if name not in left_out)


def check(kind: SnapshotKind, template: SnapshotTemplate) -> None:
    """Raises InvalidValue for the fields of the template, as it would be, that are out of range."""
    refuse(mistakes({name: getattr(template, name) for name in fields_of(kind)}))


def strangers(kind: SnapshotKind, names: Iterable[str]) -> Iterator[InvalidValue]:
    """Names of fields that the kind has no use for."""
    for name in names:
        if name not in fields_of(kind):
            yield InvalidValue(f"A template of the kind {kind.name} has no {name}.", field=name)


def mistakes(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    """What is out of range among the `fields_of` some kind, of which any may be missing; each names its field."""
    if len(fields.get("name", "")) > MAX_NAME:
        yield InvalidValue(f"A name has at most {MAX_NAME} characters.", field="name")
    if len(fields.get("comment", "")) > MAX_COMMENT:
        yield InvalidValue(f"A comment has at most {MAX_COMMENT} characters.", field="comment")
    if fields.get("format", FORMATS[0]) not in FORMATS:
        yield InvalidValue(f"The format is one of {', '.join(FORMATS)}.", field="format")
    for side in ("width", "height"):
        if fields.get(side, 0) and fields[side] not in SIZES:
            words = f"The {side} is 0 (follows the source) or {SIZES.start} to {SIZES.stop - 1} pixels."
            yield InvalidValue(words, field=side)
    if fields.get("fill_type", FILLS[0]) not in FILLS:
        yield InvalidValue(f"The fill type is one of {', '.join(FILLS)}.", field="fill_type")
    yield from _mistakes_of_sampling(fields)
    yield from _mistakes_of_sheets(fields)


def _mistakes_of_sampling(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    kind = fields.get("sample_type")
    if kind is not None and kind not in INTERVALS:
        yield InvalidValue(f"The sample type is one of {', '.join(INTERVALS)}.", field="sample_type")
    if "sample_interval" in fields:
        spans = [INTERVALS[kind]] if kind in INTERVALS else list(INTERVALS.values())  # it isn't known in which unit
        if not any(fields["sample_interval"] in span for span in spans):
            span, unit = spans[-1], "per cent" if kind == "Percent" else "seconds"
            words = f"The sample interval is {span.start} to {span.stop - 1:,} {unit}."
            yield InvalidValue(words, field="sample_interval")


def _mistakes_of_sheets(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    for side in GRIDDING:
        if fields.get(side, GRID.start) not in GRID:
            yield InvalidValue(f"A sheet has {GRID.start} to {GRID.stop - 1} {side}.", field=side)
    if not all(name in fields for name in ("width", "height", *GRIDDING)):
        return
    across, down = fields["width"] * fields["columns"], fields["height"] * fields["rows"]
    for edge, field in ((across, "columns"), (down, "rows")):
        if edge > MAX_SHEET_EDGE:
            words = f"A sheet's edge has at most {MAX_SHEET_EDGE:,} pixels, and this would have {edge:,}."
            yield InvalidValue(words, field=field)
