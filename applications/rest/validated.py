from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.fields import CharField, ListField
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

from applications.errors import InvalidValue, Refused
from applications.rest.strict_query import query_mistakes
from applications.unknown_names import unknown


def validated(request: Request, fields: type[Serializer[Any]], **about: Any) -> dict[str, Any]:
    """The body as `fields` reads it. Raises ValidationError, by field: all that is wrong, and all that is unknown.

    What is wrong with the query stands beside it. `about` is what the fields' own rules need to know (Body), such as
    the row that is to be changed.
    """
    return _without_mistakes(_read(fields, request.data, about), also=query_mistakes(request))


def read_as(fields: type[Serializer[Any]], data: Any, **about: Any) -> dict[str, Any]:
    """The same for what comes by other ways, such as a form."""
    return _without_mistakes(_read(fields, data, about), also={})


def mistakes_in(fields: type[Serializer[Any]], data: Any) -> list[Refused]:
    """What `read_as` would refuse, of fields that hold no others."""
    return refusals(_read(fields, data, {})[1])


def refusals(errors: Mapping[str, Any]) -> list[Refused]:
    """Sentences by field, of fields that hold no others, for who tells of them beside what isn't a field."""
    return [InvalidValue(str(sentence), field=name) for name, sentences in errors.items() for sentence in sentences]


class Nothing(Serializer[Any]):
    """The body of a request that says all in its address."""


def _without_mistakes(read: tuple[dict[str, Any], dict[str, Any]], *, also: Mapping[str, Any]) -> dict[str, Any]:
    given, errors = read
    if errors or also:
        raise ValidationError({**also, **errors})
    return given


def _read(fields: type[Serializer[Any]], data: Any, about: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was said, or else what is wrong with it."""
    given = fields(data=data, context=about)
    strangers = {name: [sentence] for name, sentence in _strangers(given, data, place="")}
    if not given.is_valid() or strangers:
        return {}, {**given.errors, **strangers}
    return dict(given.validated_data), {}


def _strangers(fields: Any, data: Any, *, place: str) -> Iterator[tuple[str, str]]:
    """Names and sentences of what isn't known, and of numbers where text belongs; also within: "steps.0.definiton"."""
    if isinstance(fields, ListSerializer):
        for number, item in enumerate(data if isinstance(data, list) else ()):
            yield from _strangers(fields.child, item, place=f"{place}{number}.")
    elif isinstance(fields, Serializer) and isinstance(data, Mapping):
        for name, sentence in unknown(data, known=fields.fields.keys(), place=place).items():
            yield f"{place}{name}", sentence
        for name, field in fields.fields.items():
            if isinstance(field, BaseSerializer) and name in data:
                yield from _strangers(field, data[name], place=f"{place}{name}.")
            elif _takes_a_number_for_text(field, data.get(name)):
                yield f"{place}{name}", str(CharField.default_error_messages["invalid"])


def _takes_a_number_for_text(field: Any, value: Any) -> bool:
    """The library would make text of it, and so hide a mistake."""
    if isinstance(field, ListField):
        return isinstance(value, list) and any(_takes_a_number_for_text(field.child, item) for item in value)
    return isinstance(field, CharField) and not field.read_only and isinstance(value, int | float)
