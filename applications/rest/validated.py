from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer


def validated(request: Request, fields: type[Serializer[Any]]) -> dict[str, Any]:
    """The body as `fields` reads it. Raises ValidationError, by field."""
    given = fields(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
