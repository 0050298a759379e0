from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework.request import Request
from rest_framework.serializers import Serializer

T = TypeVar("T")


def validated(request: Request, fields: type[Serializer[Any]]) -> dict[str, Any]:
    """The body as `fields` reads it. Raises ValidationError, by field."""
    given = fields(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def validated_as(request: Request, fields: type[Serializer[Any]], into: Callable[..., T]) -> T:
    """The same as one of the services' inputs, whose fields have the same names."""
    return into(**validated(request, fields))
