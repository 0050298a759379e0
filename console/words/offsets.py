"""Seconds as people type them, and segments in words. Offsets are those of docs/protocol 2.3.1."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

_NUMBER = r"\d+(?:\.\d+)?"
_SECONDS = re.compile(rf"({_NUMBER})s?")
_CLOCK = re.compile(rf"(?:(\d+):)?(\d+):({_NUMBER})")
_UNITS = re.compile(rf"(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:({_NUMBER})s)?")


def parse_offset(text: str) -> float:
    """Seconds of `75`, `1:15`, `1m15s`, `-5`; "" is 0. Raises ValueError with a sentence for the form."""
    plain = text.replace(" ", "").replace("−", "-").replace(",", ".").lower()
    if not plain:
        return 0.0
    sign, plain = (-1.0, plain[1:]) if plain.startswith("-") else (1.0, plain)
    for pattern in (_SECONDS, _CLOCK, _UNITS):
        if match := pattern.fullmatch(plain):
            return sign * _seconds(match.groups())
    raise ValueError(_("Write a time such as 75, 1:15, 1m15s, or -5 for five seconds before the end."))


def clock(seconds: float) -> str:
    """7.5 s, 1:15, 1:02:03: the one way in which pages write a length or a moment."""
    hundredths = round(seconds * 100)
    if abs(hundredths) < 6000:
        return _("{number} s").format(number=f"{hundredths / 100:g}")
    whole, rest = divmod(hundredths, 100)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02}" if hours else f"{minute}"
    return f"{head}:{second:02}" + (f".{rest:02}".rstrip("0") if rest else "")


def segment_in_words(start: float, end: float, *, choice: Mapping[str, float] | None = None) -> str:
    """What two offsets mean, and what is shown of that, as a phrase without a full stop."""
    within, chosen = _within(start, end), choice or {}
    if best := chosen.get("auto"):
        return _("The best {length} of: {within}").format(length=clock(best), within=_lower(within))
    if number := chosen.get("pieces"):
        said = _("{number} pictures, spread over: {within}")
        if chosen.get("piece"):
            said = _("{number} pieces of {length}, spread over: {within}")
        return said.format(number=f"{number:g}", length=clock(chosen.get("piece", 0)), within=_lower(within))
    return within


def _lower(words: str) -> str:
    return f"{words[0].lower()}{words[1:]}"


def _within(start: float, end: float) -> str:
    if not start and not end:
        return _("The whole video")
    if start < 0 and not end:
        return _("The last {length}").format(length=clock(-start))
    if not start and end > 0:
        return _("The first {length}").format(length=clock(end))
    said = _("From {start} to {end}")
    if start * end > 0 and end > start:
        said = _("From {start} to {end} ({length})")
    first, last = _moment(start, zero=_("the beginning")), _moment(end, zero=_("the end"))
    return said.format(start=first, end=last, length=clock(end - start))


def _moment(offset: float, *, zero: str) -> str:
    if not offset:
        return zero
    return clock(offset) if offset > 0 else _("{length} before the end").format(length=clock(-offset))


def _seconds(parts: tuple[str | None, ...]) -> float:
    """Hours, minutes, seconds, of which the first ones may be missing."""
    total = 0.0
    for part in parts:
        total = total * 60 + float(part or 0)
    return total
