from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from applications.many import counted
from applications.whole_numbers import whole

_LEAST = {"limit": 1, "offset": 0}


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`; answers hold count, next, previous, results. A limit above 100 means 100.

    `count` is how many there are, or MANY more than `offset` if there are at least as many.
    """

    default_limit = 20
    max_limit = 100

    def mistakes(self, request: Request) -> dict[str, list[str]]:
        """What KnownQuery tells, beside all else that is wrong."""
        numbers = {name: _number(request, name, default=least) for name, least in _LEAST.items()}
        wrong = [name for name, number in numbers.items() if number is None or number < _LEAST[name]]
        return {name: [f"A whole number from {_LEAST[name]} on."] for name in wrong}

    def get_count(self, queryset: Any) -> int:
        return counted(queryset, beyond=self.get_offset(self.request) if self.request else 0)

    def get_limit(self, request: Request) -> int | None:
        return min(_number(request, "limit", default=self.default_limit) or self.default_limit, self.max_limit)

    def get_offset(self, request: Request) -> int:
        return _number(request, "offset", default=0) or 0


def _number(request: Request, name: str, *, default: int) -> int | None:
    text = request.query_params.get(name)
    return default if text is None else whole(text)
