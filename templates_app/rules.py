"""The ranges of a template's fields (docs/protocol 2.1 and 7: the wider one where texts differ)."""

from typing import NotRequired, TypedDict

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
    """Raises InvalidValue with the name of the first field that is out of range."""
    _check(len(fields.get("name", "")) <= MAX_NAME, "name", f"A name has at most {MAX_NAME} characters.")
    _check(len(fields.get("comment", "")) <= MAX_COMMENT, "comment", f"A comment has at most {MAX_COMMENT} characters.")
    _check(fields.get("format", "gif") in FORMATS, "format", "The format is gif or webp.")
    for side in ("width", "height"):
        size = fields.get(side, 0)
        words = f"The {side} is 0 (follows the source) or {sizes.start} to {sizes.stop - 1} pixels."
        _check(size == 0 or size in sizes, side, words)
    _check(fields.get("fps", 1) in RATES, "fps", "The frame rate is 1 to 60 frames a second.")
    _check(1 <= fields.get("quality", 75) <= 100, "quality", "The quality is 1 to 100.")


def _check(holds: bool, field: str, message: str) -> None:
    if not holds:
        raise InvalidValue(message, field=field)
