"""Indexes of tables that grow: on PostgreSQL they are built while others write, which a migration's own way keeps out.

A migration with these has `atomic = False`, and may be done again after it broke off: an index that is there stays, and
one that PostgreSQL began and didn't finish is begun anew.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import operations
from django.db.migrations.state import ProjectState

_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%s))"
_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s"


class AddIndex(operations.AddIndex):
    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        valid = _is_valid(schema_editor, self.index.name)
        if valid is False:
            schema_editor.remove_index(model, self.index, **_beside(schema_editor))
        if not valid:
            schema_editor.add_index(model, self.index, **_beside(schema_editor))


class RemoveIndex(operations.RemoveIndex):
    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        index = from_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        if _is_valid(schema_editor, self.name) is not None:
            schema_editor.remove_index(model, index, **_beside(schema_editor))


def _is_valid(schema_editor: BaseDatabaseSchemaEditor, name: str) -> bool | None:
    """None when there is no index of that name; one of SQLite's is always whole."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(_VALID if connection.vendor == "postgresql" else _THERE, [name])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _beside(schema_editor: BaseDatabaseSchemaEditor) -> dict[str, Any]:
    """How PostgreSQL's editor is told; SQLite knows one writer only."""
    return {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
