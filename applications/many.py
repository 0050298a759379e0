"""Counting as far as anybody looks: "5,000 and more" costs the same with five thousand rows as with five million."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery, Value

from applications.whole_numbers import LARGEST

MANY = 5000  # as the cloud's own search does


def counted(rows: QuerySet[Any, Any], *, beyond: int = 0) -> int:
    """How many rows there are, or `beyond` and MANY more, if there are at least as many."""
    return rows.order_by().values("pk")[: min(beyond + MANY, LARGEST)].count()


class Counted(Subquery):
    """As an expression: how many rows of a query that names OuterRef; MANY stands for that many and more."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        super().__init__(rows.order_by().values_list(Value(1))[:MANY])
