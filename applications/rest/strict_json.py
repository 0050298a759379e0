import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from applications.unknown_names import once


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large."


class StrictJSON(BaseParser):
    """JSON as RFC 8259 has it, UTF-8 only, without what databases and answers choke on later.

    Refused: names that come twice in an object, NaN and Infinity, numbers beyond a double, NUL and lone surrogates in
    strings, nesting without end.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        data = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(data) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        try:
            value = json.loads(data.decode(), parse_constant=_refuse, parse_float=_finite, object_pairs_hook=once)
            if b"\\u" in data:
                for text in _strings(value):
                    _check(text)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None
        return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is too large")
    return value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)


def _check(text: str) -> None:
    if "\0" in text:
        raise ValueError("a string holds the character NUL")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a string holds half of a surrogate pair")
