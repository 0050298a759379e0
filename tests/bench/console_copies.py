"""Many rows of few, by the database itself: each copy has keys of its own and lies so many minutes further back."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

STRIDE = 10_000_000  # between the integer keys of two copies: more than any first one has

_SERIES = {
    "postgresql": "(SELECT generate_series(1, {copies}) AS k) AS copies",
    "sqlite": "(WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {copies}) SELECT k FROM n)",
}
_EARLIER = {
    "postgresql": "{column} - make_interval(mins => {minutes} * k)",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', {column}, '-' || ({minutes} * k) || ' minutes')",
}
_UUID = {
    "postgresql": "(substr(replace({column}::text, '-', ''), 1, 24) || lpad(to_hex(k), 8, '0'))::uuid",
    "sqlite": "substr({column}, 1, 24) || printf('%08x', k)",
}
# Texts that are unique: a decimal FileId keeps its length.
_TEXTS = {
    "file_id": "'6' || substr('' || (1000000 + k), 2) || substr({column}, 8)",
    "storage_key": "k || '/' || {column}",
    "task_id": "{column} || k",
    "subject": "{column} || k",
}


def copied(kinds: Sequence[type[models.Model]], *, copies: int, minutes: int) -> None:
    """`kinds` in an order in which rows name only what comes before them; what they name of others stays named."""
    with connection.cursor() as cursor:
        for kind in kinds:
            fields = kind._meta.concrete_fields
            columns = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(_value(field, kinds, minutes=minutes) for field in fields)
            series = _SERIES[connection.vendor].format(copies=copies)
            table = kind._meta.db_table
            cursor.execute(f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}", {series}')


def _value(field: Any, kinds: Sequence[type[models.Model]], *, minutes: int) -> str:
    column, meant = f'"{field.column}"', field
    while meant.remote_field:
        meant = meant.target_field if meant.related_model in kinds else None
        if meant is None:
            return column
    is_key = meant.primary_key or meant.unique
    if isinstance(meant, models.UUIDField) and is_key:
        return _UUID[connection.vendor].format(column=column)
    if isinstance(meant, models.AutoField | models.BigAutoField):
        return f"{column} + {STRIDE} * k"
    if isinstance(field, models.DateTimeField) and field.name not in ("expires_at", "not_before"):
        return _EARLIER[connection.vendor].format(column=column, minutes=minutes)
    return _TEXTS.get(field.name, "{column}").format(column=column)
