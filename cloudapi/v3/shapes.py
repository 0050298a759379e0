"""The types of the wire: what a parameter may be, how its JSON or text becomes a Python value, how it is documented.

JSON requests carry typed values; GET and forms carry text only, so that there "75" is a number (docs/protocol 2).
`path` names the place for the message: "MediaProcessTask.AnimatedGraphicTaskSet.0.Definition".
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings

from applications.unknown_names import unknown
from applications.whole_numbers import LARGEST
from cloudapi.v3.errors import ApiError, InvalidParameter
from cloudapi.v3.request import each_once

_WHOLE = re.compile(r"-?[0-9]{1,19}")
_INDEX = re.compile(r"[0-9]{1,5}")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?")


class Shape(Protocol):
    def read(self, value: Any, *, path: str, text: bool) -> Any:
        """The Python value. With `text`, numbers come as text. Raises ApiError."""

    def __str__(self) -> str:
        """For the compatibility table."""


@dataclass(frozen=True, slots=True)
class Int:
    low: int = -LARGEST
    high: int = LARGEST
    code: str = ""

    def read(self, value: Any, *, path: str, text: bool) -> int:
        if text and isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
            raise InvalidParameter(f"{path} is a whole number.")
        if not self.low <= value <= self.high:
            raise _out_of_range(self.code, f"{path} lies between {self.low} and {self.high}.")
        return value

    def __str__(self) -> str:
        bounds = [f"≥ {self.low}" if self.low > -LARGEST else "", f"≤ {self.high}" if self.high < LARGEST else ""]
        return " ".join(["integer", *filter(None, bounds)])


@dataclass(frozen=True, slots=True)
class Number:
    def read(self, value: Any, *, path: str, text: bool) -> float:
        if text and isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or abs(value) > LARGEST or not math.isfinite(value):
            raise InvalidParameter(f"{path} is a number.")
        return float(value)

    def __str__(self) -> str:
        return "number"


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most `most` characters. `choices` are the accepted words; when it is empty, any text is."""

    most: int = 10_000
    choices: tuple[str, ...] = ()
    code: str = ""

    def read(self, value: Any, *, path: str, text: bool) -> str:
        if not isinstance(value, str):
            raise InvalidParameter(f"{path} is a string.")
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise InvalidParameter(f"{path} holds characters that are no text.")
        if len(value) > self.most:
            raise _out_of_range(self.code, f"{path} has at most {self.most} characters.")
        if self.choices and value not in self.choices:
            raise _out_of_range(self.code, f"{path} is one of {', '.join(filter(None, self.choices))}.")
        return value

    def __str__(self) -> str:
        if self.choices:
            return " / ".join(f"`{choice}`" for choice in self.choices if choice)
        return "string" if self.most == 10_000 else f"string ≤ {self.most}"


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Shape
    most: int = 100
    code: str = ""

    def read(self, value: Any, *, path: str, text: bool) -> list[Any]:
        items = _items(_parsed(value, path=path, text=text), text=text)
        if items is None:
            raise InvalidParameter(f"{path} is a list.")
        if len(items) > self.most:
            raise _out_of_range(self.code, f"{path} has at most {self.most} items.")
        return [self.item.read(item, path=f"{path}.{number}", text=text) for number, item in enumerate(items)]

    def __str__(self) -> str:
        return f"list of {self.item}, ≤ {self.most}"


class Support(StrEnum):
    HONOURED = "honoured"
    IGNORED = "accepted and ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named value of a request or of a structure in it; `note` is for the reader of docs/compatibility.md.

    `unless` is a setting that has it honoured instead of what `support` says.
    """

    name: str
    shape: Shape
    required: bool = False
    support: Support = Support.HONOURED
    note: str = ""
    unless: str = ""

    def is_in(self, values: Mapping[str, Any], *, path: str) -> bool:
        """Whether there is something to read. Raises MissingParameter, or UnsupportedOperation for what is refused."""
        value = values.get(self.name)
        if value is None and self.required:
            raise ApiError("MissingParameter", f"{path}{self.name} is missing.")
        support = Support.HONOURED if self.unless and getattr(settings, self.unless) else self.support
        if support is Support.REFUSED and value not in (None, "", [], {}):
            raise ApiError("UnsupportedOperation", f"{path}{self.name}: {self.note}")
        return value is not None and support is Support.HONOURED


class Struct:
    """An object of known fields; others are refused by name, since what a misspelt one asks for wouldn't happen."""

    def __init__(self, *parameters: Parameter, name: str = "") -> None:
        self.name = name
        self.parameters = parameters
        self.names = frozenset(parameter.name for parameter in parameters)

    def read(self, value: Any, *, path: str, text: bool) -> dict[str, Any]:
        value = _parsed(value, path=path, text=text)
        if not isinstance(value, Mapping):
            raise InvalidParameter(f"{path} is an object.")
        prefix = f"{path}." if path else ""
        if strangers := unknown(value, known=self.names, place=prefix):
            raise ApiError("UnknownParameter", " ".join(strangers.values()))
        return {
            one.name: one.shape.read(value[one.name], path=f"{prefix}{one.name}", text=text)
            for one in self.parameters
            if one.is_in(value, path=prefix)
        }

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Anything:
    """For what is passed over or refused unread."""

    def read(self, value: Any, *, path: str, text: bool) -> Any:
        return value

    def __str__(self) -> str:
        return ""


def _parsed(value: Any, *, path: str, text: bool) -> Any:
    """A multipart field holds nested values as JSON text (docs/protocol 1.1)."""
    if not text or not isinstance(value, str):
        return value
    try:
        return json.loads(value, object_pairs_hook=each_once)
    except (ValueError, RecursionError):
        raise InvalidParameter(f"{path} is neither a list nor an object.") from None


def _items(value: Any, *, text: bool) -> Sequence[Any] | None:
    """A flattened list arrives as {"0": …, "1": …}; gaps close up."""
    if isinstance(value, list):
        return value
    if text and isinstance(value, Mapping) and all(_INDEX.fullmatch(key) for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return None


def _out_of_range(code: str, message: str) -> ApiError:
    return ApiError(code or "InvalidParameterValue", message)
