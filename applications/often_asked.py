"""A query that every request asks, put into SQL once: finding the words is most of what a small query costs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet, Value
from django.db.models.query import get_related_populators

from applications.by_hand import rows

Row = TypeVar("Row", bound=Model)
_KEPT = "_often_asked"  # on a thread's connection: what was put into SQL for it


@dataclass(frozen=True, slots=True)
class _Given:
    """Stands in a statement for a value that is given when it is asked."""

    name: str


class OftenAsked(Generic[Row]):
    """Of `build(*constants, **names)`, which makes a query of whole rows with expressions in place of values.

    A constant (a setting, say) is part of the words, and each has words of its own: so there must be few. Values go to
    the database as they are: text and whole numbers.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], *names: str) -> None:
        self._build = build
        self._names = names

    def all(self, *constants: object, **values: str | int) -> list[Row]:
        """The rows, with what select_related and annotations bring along."""
        kept = connections[DEFAULT_DB_ALIAS].__dict__.setdefault(_KEPT, {})
        statement = kept.get((self, constants))
        if statement is None:
            given = {name: Value(_Given(name)) for name in self._names}
            statement = kept[self, constants] = _Statement(self._build(*constants, **given))
        found: list[Row] = statement.asked(values)
        return found

    def first(self, *constants: object, **values: str | int) -> Row | None:
        """The first row; `build` sees to it that there aren't many."""
        return next(iter(self.all(*constants, **values)), None)


class _Statement:
    """A query in SQL, for one connection; and how rows become objects, as Django's own ModelIterable has it."""

    def __init__(self, query: QuerySet[Any]) -> None:
        self._compiler: Any = query.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._parameters = self._compiler.as_sql()

    def asked(self, values: dict[str, str | int]) -> list[Any]:
        given = [values[one.name] if isinstance(one, _Given) else one for one in self._parameters]
        found = rows(self._sql, given)
        return [self._made(row) for row in self._compiler.apply_converters(found, self._converters)] if found else []

    def _made(self, row: tuple[Any, ...]) -> Any:
        model, names, columns, related, annotated = self._shape
        made = model.from_db(DEFAULT_DB_ALIAS, names, row[columns])
        for one in related:
            one.populate(row, made)
        for name, column in annotated:
            setattr(made, name, row[column])
        return made

    @cached_property
    def _converters(self) -> dict[int, Any]:
        """What makes a column's value of what the database gives; to look for them costs more than the rest."""
        converters: dict[int, Any] = self._compiler.get_converters([column for column, *_ in self._compiler.select])
        return converters

    @cached_property
    def _shape(self) -> tuple[Any, list[str], slice, list[Any], list[tuple[str, int]]]:
        compiler = self._compiler
        fields = compiler.klass_info["select_fields"]
        columns = slice(fields[0], fields[-1] + 1)
        names = list(map(attrgetter("target.attname"), (column for column, *_ in compiler.select[columns])))
        populators: Any = get_related_populators  # which takes one thing more in later releases of Django
        related = populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)
        return compiler.klass_info["model"], names, columns, related, list(compiler.annotation_col_map.items())
