"""The JSON that browsers and apps send: read strictly, a field at a time."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.http import HttpRequest

from applications.errors import InvalidValue
from applications.unknown_names import once, unknown

_MAX_BYTES = 64 * 1024
_MAX_NUMBER = 2**53


class Fields:
    """The body's object. Each reader raises InvalidValue for another type; a missing or null field is the default."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def check_names(self, known: Collection[str]) -> None:
        """Raises InvalidValue for names that nobody here knows."""
        if strangers := unknown(self._values, known=known):
            raise InvalidValue(" ".join(strangers.values()), field=next(iter(strangers)))

    def text(self, name: str, *, limit: int = 255) -> str:
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > limit or not _is_storable(value):
            raise InvalidValue(f"{name} must be text of at most {limit} characters.", field=name)
        return value

    def required(self, name: str, *, limit: int = 255) -> str:
        value = self.text(name, limit=limit)
        if not value:
            raise InvalidValue(f"{name} is missing.", field=name)
        return value

    def number(self, name: str) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
            raise InvalidValue(f"{name} must be a whole number, not negative.", field=name)
        return value


def fields_of(request: HttpRequest) -> Fields:
    """Raises InvalidValue."""
    body = request.read(_MAX_BYTES + 1)
    try:
        value = json.loads(body, object_pairs_hook=_once) if len(body) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidValue(f"The body must be one JSON object of at most {_MAX_BYTES} bytes.")
    return Fields(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    try:
        return once(pairs)
    except ValueError as error:
        raise InvalidValue(str(error)) from None


def _is_storable(text: str) -> bool:
    """No NUL, no half of a surrogate pair: databases and answers choke on them."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
