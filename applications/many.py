"""Lists of many rows: counted as far as anybody looks ("5,000 and more"), and paged through by their keys."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery, Value

from applications.whole_numbers import LARGEST

MANY = 5000  # as the cloud's own search does


def counted(rows: QuerySet[Any, Any], *, beyond: int = 0) -> int:
    """How many rows there are, or `beyond` and MANY more, if there are at least as many."""
    return rows.order_by().values("pk")[: min(beyond + MANY, LARGEST)].count()


def by_keys(rows: QuerySet[Any, Any], first: int, last: int, *, among: int | None = None) -> list[Any]:
    """Rows `first` to before `last`, in their order.

    Which they are is found by their keys alone, which an index has: what a row says beside them, and its long columns,
    are read of these rows and not of all before them. `among`: how many there are, where that is known; then they are
    sought from the nearer end.
    """
    if among is None or first <= among - last:
        keys = list(rows.values_list("pk", flat=True)[first:last])
    else:
        keys = list(rows.reverse().values_list("pk", flat=True)[among - last : among - first])[::-1]
    found = rows.order_by()
    found.query.clear_where()  # by the keys alone, which the filter has found: docs/reliability.md 1.5
    there = {row.pk: row for row in found.filter(pk__in=keys)}
    return [there[key] for key in keys if key in there]


def page_of(rows: QuerySet[Any, Any], first: int, last: int, *, among: int | None = None) -> list[Any]:
    """As `by_keys`, but in one query where nothing is before the first row."""
    return by_keys(rows, first, last, among=among) if first else list(rows[:last])


class Counted(Subquery):
    """As an expression: how many rows of a query that names OuterRef; MANY stands for that many and more."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        super().__init__(rows.order_by().values_list(Value(1))[:MANY])
