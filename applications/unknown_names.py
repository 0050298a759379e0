"""Names that a client wrote and nobody here knows, or wrote twice: said by name.

Beside an unknown one stands the nearest that somebody knows.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import TypeVar

from django.conf import settings

_LONGEST = 60  # what is compared, and repeated, of a stranger's name
_MOST = 20

T = TypeVar("T")


def unknown(given: Iterable[str], *, known: Collection[str], place: str = "") -> dict[str, str]:
    """A sentence for each name of `given` that isn't in `known`; empty when all are, or when unknown ones may pass.

    `place` stands before the name: "MediaProcessTask.AnimatedGraphicTaskSet.0.".
    """
    if settings.ZOETROPE_PASS_UNKNOWN_NAMES:
        return {}
    strangers = [name for name in given if name not in known]
    return {name: _sentence(name, known=known, place=place) for name in strangers[:_MOST]}


def once(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    """For `json.loads`, which passes over all but the last of a name. Raises ValueError."""
    found: dict[str, T] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(given_twice(name))
        found[name] = value
    return found


def given_twice(name: str) -> str:
    """`name` may hold what no answer can: halves of surrogate pairs."""
    return f"{name[:_LONGEST].encode(errors='replace').decode()} is given twice."


def misspelt(name: str, *, known: Collection[str]) -> str:
    """The name of `known` that this one, which isn't among them, comes near to; "" for none."""
    by_lower = {one.lower(): one for one in known}
    near = get_close_matches(name[:_LONGEST].lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else ""


def _sentence(name: str, *, known: Collection[str], place: str) -> str:
    short = name[:_LONGEST]
    if not short:
        where = place.rstrip(".")
        return f"There is a name without letters in {where}." if where else "There is a name without letters."
    near = misspelt(short, known=known)
    asked = place + short
    return f"There is no {asked} here. Did you mean {near}?" if near else f"There is no {asked} here."
