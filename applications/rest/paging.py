from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from applications.many import MANY, counted, page_of
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

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.limit, self.offset = request, self.get_limit(request), self.get_offset(request)
        self.count = counted(queryset, beyond=self.offset)
        last = min(self.offset + self.limit, self.count)
        is_cut = self.count == self.offset + MANY
        among = None if is_cut else self.count
        return page_of(queryset, self.offset, last, among=among) if self.offset < last else []

    def get_limit(self, request: Request) -> int:
        return min(_number(request, "limit", default=self.default_limit) or self.default_limit, self.max_limit)

    def get_offset(self, request: Request) -> int:
        return _number(request, "offset", default=0) or 0


def _number(request: Request, name: str, *, default: int) -> int | None:
    text = request.query_params.get(name)
    return default if text is None else whole(text)
