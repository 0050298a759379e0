"""Seconds as people type them, and segments in words. Offsets are those of docs/protocol 2.3.1."""

import re

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
    raise ValueError("Write a time such as 75, 1:15, 1m15s, or -5 for five seconds before the end.")


def clock(seconds: float) -> str:
    """0:07.5, 1:15, 1:02:03."""
    hundredths = round(seconds * 100)
    whole, rest = divmod(hundredths, 100)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02}" if hours else f"{minute}"
    return f"{head}:{second:02}" + (f".{rest:02}".rstrip("0") if rest else "")


def segment_in_words(start: float, end: float) -> str:
    """What two offsets mean, as a phrase without a full stop."""
    if not start and not end:
        return "The whole video"
    if start < 0 and not end:
        return f"The last {_span(-start)}"
    if not start and end > 0:
        return f"The first {_span(end)}"
    length = f" ({_span(end - start)})" if start * end > 0 and end > start else ""
    return f"From {_moment(start, zero='the beginning')} to {_moment(end, zero='the end')}{length}"


def _moment(offset: float, *, zero: str) -> str:
    if not offset:
        return zero
    return clock(offset) if offset > 0 else f"{_span(-offset)} before the end"


def _span(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 else clock(seconds)


def _seconds(parts: tuple[str | None, ...]) -> float:
    """Hours, minutes, seconds, of which the first ones may be missing."""
    total = 0.0
    for part in parts:
        total = total * 60 + float(part or 0)
    return total
