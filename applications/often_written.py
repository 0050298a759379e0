"""New rows that requests write all the time, put into SQL once: Django's own way compiles each statement anew."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import AutoField, Field, Model
from django.db.models.expressions import DatabaseDefault

from applications.by_hand import places, rows, touched

Columns = tuple["Field[Any, Any]", ...]
_INSERT = "INSERT INTO {table} ({columns}) VALUES {rows}"
_AT_ONCE = 100  # rows; a database takes some tens of thousands of values in a statement


def write(new: Sequence[Model]) -> None:
    """Insert the rows, of one model: as bulk_create does, without signals, and those that number themselves get theirs.

    What a row leaves to the database is looked up when somebody asks for it.
    """
    for begin in range(0, len(new), _AT_ONCE):
        for columns, alike in _by_columns(new[begin : begin + _AT_ONCE]).items():
            _insert(columns, alike)


def _by_columns(new: Sequence[Model]) -> dict[Columns, list[Model]]:
    """By what they have values for."""
    found: dict[Columns, list[Model]] = {}
    for row in new:
        found.setdefault(tuple(field for field in row._meta.concrete_fields if _is_given(row, field)), []).append(row)
    return found


def _is_given(row: Model, field: "Field[Any, Any]") -> bool:
    value = getattr(row, field.attname)
    return not isinstance(value, DatabaseDefault) and not (value is None and isinstance(field, AutoField))


def _insert(columns: Columns, new: list[Model]) -> None:
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in new for field in columns]
    model = type(new[0])
    key = model._meta.pk
    statement = _statement(model._meta.db_table, tuple(field.column for field in columns), len(new))
    if key in columns:
        touched(statement, values)
    else:
        for row, (number,) in zip(new, rows(f"{statement} RETURNING {key.column}", values), strict=True):
            row.pk = number
    for row in new:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        for field in row._meta.concrete_fields:
            if isinstance(getattr(row, field.attname), DatabaseDefault):
                delattr(row, field.attname)


@lru_cache(maxsize=512)
def _statement(table: str, columns: tuple[str, ...], number: int) -> str:
    row = f"({places(len(columns))})"
    return _INSERT.format(table=table, columns=", ".join(map('"{}"'.format, columns)), rows=", ".join([row] * number))
