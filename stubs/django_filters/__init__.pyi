# What of django-filter is used here; the library ships no types.
from collections.abc import Iterable
from typing import Any

from django.forms import Field
from rest_framework.request import Request

class Filter:
    field_class: type[Field]
    parent: FilterSet
    def __init__(
        self,
        field_name: str | None = None,
        lookup_expr: str | None = None,
        *,
        method: str | None = None,
        help_text: str = "",
        choices: Iterable[tuple[Any, Any]] = (),
    ) -> None: ...

class CharFilter(Filter): ...
class BooleanFilter(Filter): ...
class ChoiceFilter(Filter): ...
class NumberFilter(Filter): ...
class UUIDFilter(Filter): ...
class BaseInFilter(Filter): ...
class IsoDateTimeFilter(Filter): ...

class FilterSet:
    request: Request
