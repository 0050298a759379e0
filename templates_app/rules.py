"""The ranges of a template's fields (docs/protocol 2.1 and 7: the wider one where texts differ)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from typing import Any, NotRequired, TypedDict

from animator.core.floors import KNOBS, MOST_BYTES
from animator.core.framing import Framing
from animator.core.order import BALANCED, EFFORTS, AnimationSpec
from animator.core.playback import Playback
from animator.core.siblings import mistake_of
from applications.errors import InvalidValue, refuse

FORMATS = ("gif", "webp")
SIZES = range(128, 4097)
SIZES_OF_CHANGES = range(32, 4097)  # docs/protocol 2.1: a change may go lower than a new template
RATES = range(1, 61)
LARGEST_FILES = range(1_000, MOST_BYTES + 1)
LEAST_EDGES = range(16, 4097)
MAX_NAME, MAX_COMMENT = 64, 256
USUAL = {one.name: one.default for one in fields_of(AnimationSpec)}


class TemplateFields(TypedDict):
    """What can be said of a template; whatever is left out keeps its default, or at a change its value."""

    name: NotRequired[str]
    comment: NotRequired[str]
    format: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    resolution_adaptive: NotRequired[bool]
    fps: NotRequired[int]
    quality: NotRequired[float]
    effort: NotRequired[int]
    score: NotRequired[bool]
    max_bytes: NotRequired[int]
    least_quality: NotRequired[float]
    least_fps: NotRequired[int]
    least_edge: NotRequired[int]
    give_way: NotRequired[str]
    crop: NotRequired[str]
    anchor: NotRequired[str]
    fit: NotRequired[str]
    background: NotRequired[str]
    trim_borders: NotRequired[bool]
    loop: NotRequired[str]
    slack: NotRequired[float]
    crossfade: NotRequired[float]
    loop_count: NotRequired[int]
    speed: NotRequired[float]
    reverse: NotRequired[bool]
    siblings: NotRequired[str]
    within_source: NotRequired[bool]


FIELDS = tuple(TemplateFields.__annotations__)
"""All of them, in the order in which they are told."""


def check(fields: TemplateFields, *, sizes: range = SIZES) -> None:
    """Raises InvalidValue for the fields that are out of range."""
    refuse(mistakes(fields, sizes=sizes))


def mistakes(fields: Mapping[str, Any], *, sizes: range = SIZES) -> Iterator[InvalidValue]:
    """What is out of range among `fields`, of which any may be missing; each names its field."""
    if len(fields.get("name", "")) > MAX_NAME:
        yield InvalidValue(f"A name has at most {MAX_NAME} characters.", field="name")
    if len(fields.get("comment", "")) > MAX_COMMENT:
        yield InvalidValue(f"A comment has at most {MAX_COMMENT} characters.", field="comment")
    if fields.get("format", "gif") not in FORMATS:
        yield InvalidValue("The format is gif or webp.", field="format")
    for side in ("width", "height"):
        size = fields.get(side, 0)
        if size and size not in sizes:
            words = f"The {side} is 0 (follows the source) or {sizes.start} to {sizes.stop - 1} pixels."
            yield InvalidValue(words, field=side)
    if fields.get("fps", 1) not in RATES:
        yield InvalidValue("The frame rate is 1 to 60 frames a second.", field="fps")
    if not 1 <= fields.get("quality", 75) <= 100:
        yield InvalidValue("The quality is 1 to 100.", field="quality")
    if fields.get("effort", BALANCED) not in EFFORTS:
        yield InvalidValue("The effort is 1 (fast), 2 (balanced) or 3 (best).", field="effort")
    yield from _mistakes_of_size(fields)
    yield from mistakes_of_showing(fields)
    if wrong := mistake_of(fields.get("siblings", ""), picture=fields.get("format", "")):
        yield InvalidValue(wrong, field="siblings")


def mistakes_of_new(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    if "fps" not in fields:
        yield InvalidValue("A template needs a frame rate.", field="fps")


def _mistakes_of_size(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    """Of the largest size, and of how it is kept; 0 and "" are the usual."""
    if (most := fields.get("max_bytes", 0)) and most not in LARGEST_FILES:
        words = f"The largest size is 0 (any) or {LARGEST_FILES.start:,} to {MOST_BYTES:,} bytes."
        yield InvalidValue(words, field="max_bytes")
    if (quality := fields.get("least_quality", 0)) and not 1 <= quality <= 100:
        yield InvalidValue("The least quality is 0 (30) or 1 to 100.", field="least_quality")
    if (fps := fields.get("least_fps", 0)) and fps not in RATES:
        yield InvalidValue("The least frame rate is 0 (5) or 1 to 60 frames a second.", field="least_fps")
    if (edge := fields.get("least_edge", 0)) and edge not in LEAST_EDGES:
        words = f"The least long side is 0 (128) or {LEAST_EDGES.start} to {LEAST_EDGES.stop - 1} pixels."
        yield InvalidValue(words, field="least_edge")
    named = fields.get("give_way", "").split(",")
    if named != [""] and (len(set(named)) != len(named) or not set(named) <= set(KNOBS)):
        yield InvalidValue(f"Name each of {', '.join(KNOBS)} once at most, with commas between.", field="give_way")


def mistakes_of_showing(values: Mapping[str, Any]) -> Iterator[InvalidValue]:
    """Of how a picture is framed and played, where one value may forbid another."""
    for kind in (Framing, Playback):
        asked = kind(**{name: values.get(name, USUAL[name]) for name in kind._fields})
        yield from (InvalidValue(sentence, field=name) for name, sentence in asked.mistakes())
