"""Does a migration only add? What it refuses would lose rows, or stop half way on a folder that is in use."""

from collections.abc import Iterator

from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field

ADDING = (
    operations.CreateModel,
    operations.AddField,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.RenameIndex,
    operations.RemoveConstraint,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.RunPython,
)
# A field's type may become the one behind it: each holds all that the one before it held.
WIDER = [
    ("PositiveSmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"),
    ("SmallIntegerField", "IntegerField", "BigIntegerField"),
    ("AutoField", "BigAutoField"),
    ("CharField", "TextField"),
]


def complaints(migration: Migration, state: ProjectState) -> Iterator[str]:
    """A sentence for each operation that does more than add; `state` is the one before it, and is moved on."""
    for operation in _flat(migration.operations):
        if (narrowed := _narrowed(operation, state, migration.app_label)) is not None:
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}{narrowed}"
        operation.state_forwards(migration.app_label, state)


def _flat(found: list[Operation]) -> Iterator[Operation]:
    """What the database sees of them."""
    for operation in found:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _narrowed(operation: Operation, state: ProjectState, app: str) -> str | None:
    """None when it only adds, else in what way it doesn't."""
    if isinstance(operation, operations.AlterField):
        old = state.models[app, operation.model_name_lower].fields[operation.name]
        found = ", ".join(_ways(old, operation.field))
        return f" ({found})" if found else None
    return None if isinstance(operation, ADDING) else ""


def _ways(old: Field, new: Field) -> Iterator[str]:
    if not _holds(new.get_internal_type(), old.get_internal_type()):
        yield f"{old.get_internal_type()} becomes {new.get_internal_type()}"
    if old.null and not new.null:
        yield "null is refused"
    if new.unique and not old.unique:
        yield "equal values are refused"
    if new.max_length is not None and (old.max_length is None or new.max_length < old.max_length):
        yield f"at most {new.max_length} characters"


def _holds(new: str, old: str) -> bool:
    return new == old or any(old in row and new in row[row.index(old) :] for row in WIDER)
