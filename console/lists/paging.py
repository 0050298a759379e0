"""A page of a list: which rows, in which order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from applications.many import MANY, by_keys, counted
from applications.whole_numbers import whole
from console.words.counted import or_more

PAGE_SIZES = (20, 50, 100)
_FARTHEST = 10**9  # page: what nobody has
Row = TypeVar("Row", bound=Model)


class ListPage(Page[Row]):
    sizes = PAGE_SIZES

    @property
    def numbers(self) -> Iterator[str | int]:
        """The pages to name: the first, the last, those around this one, with an ellipsis for what is left out."""
        return iter(self.paginator.get_elided_page_range(self.number, on_each_side=2, on_ends=1))


class Pages(Paginator):  # type: ignore[type-arg]  # the class itself knows no brackets
    """Rows are counted as far as MANY beyond the page that is asked for: one goes on from there, and turns the order
    round to come to the last ones.
    """

    def __init__(self, rows: QuerySet[Any], size: int, *, asked: int) -> None:
        super().__init__(rows, size)
        self._beyond = (asked - 1) * size

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return counted(rows, beyond=self._beyond)

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than were counted."""
        return self.count == self._beyond + MANY

    @property
    def said(self) -> str:
        """How many there are, for people."""
        return or_more(self.count, self._beyond)

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first, last = (number - 1) * self.per_page, min(number * self.per_page, self.count)
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        there = by_keys(rows, first, last, among=None if self.is_cut else self.count)
        return self._get_page(there, number, self)

    def _get_page(self, *args: Any, **kwargs: Any) -> ListPage[Any]:
        return ListPage(*args, **kwargs)


def paged(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """The page that `?page=` asks for, of `?size=` rows; nonsense is the first, too far the last."""
    size = kept(request, "size", among=[str(size) for size in PAGE_SIZES], default=str(PAGE_SIZES[0]))
    asked = request.GET.get("page", "")
    return Pages(rows, int(size), asked=min(whole(asked) or 1, _FARTHEST)).get_page(asked)


def kept(request: HttpRequest, name: str, *, among: list[str], default: str) -> str:
    """How somebody likes lists: what the address says, else what it said last in this session."""
    asked, key = request.GET.get(name), f"lists-{name}"
    if asked in among:
        if request.session.get(key, default) != asked:
            request.session[key] = asked
        return str(asked)
    before = request.session.get(key)
    return before if before in among else default


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted: its name in the address, with a "-" before it for the other way round."""

    asked: str
    columns: Mapping[str, str]

    @classmethod
    def of(cls, request: HttpRequest, columns: Mapping[str, str], *, default: str) -> "Order":
        asked = request.GET.get("sort", "")
        return cls(asked if asked.removeprefix("-") in columns else default, columns)

    @property
    def name(self) -> str:
        return self.asked.removeprefix("-")

    @property
    def falling(self) -> bool:
        return self.asked.startswith("-")

    def sort(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Equal ones by their row, so that no page shows one of them twice."""
        sign = "-" if self.falling else ""
        return rows.order_by(f"{sign}{self.columns[self.name]}", f"{sign}pk")
