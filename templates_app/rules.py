"""The ranges of a template's fields (docs/protocol 2.1 and 7: the wider one where texts differ)."""

from collections.abc import Iterator, Mapping
from typing import Any, NotRequired, TypedDict

from applications.errors import InvalidValue

FORMATS = ("gif", "webp")
SIZES = range(128, 4097)
SIZES_OF_CHANGES = range(32, 4097)  # docs/protocol 2.1: a change may go lower than a new template
RATES = range(1, 61)
MAX_NAME, MAX_COMMENT = 64, 256


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
    score: NotRequired[bool]


def check(fields: TemplateFields, *, sizes: range = SIZES) -> None:
    """Raises InvalidValue for the first field that is out of range."""
    for mistake in mistakes(fields, sizes=sizes):
        raise mistake


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
