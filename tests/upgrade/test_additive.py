"""From the first release on migrations only add; one that can't says so, and the upgrade page tells what it means."""

from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from tests.upgrade.additive import complaints
from tests.upgrade.chain import Chain

# How many migrations each app had when the first data folder was kept (tests/upgrade/0.1.0).
KEPT = {"applications": 2, "cloudapi": 1, "media_jobs": 5, "procedures": 2, "templates_app": 2}
UPGRADE_PAGE = Path(__file__).parents[2] / "docs" / "upgrade.md"


def test_every_later_migration_only_adds() -> None:
    """Or has `not_additive`, a sentence that says why, and a line of its own in docs/upgrade.md."""
    graph = Chain(None).graph
    later = [(app, name) for app, name in graph.nodes if app in KEPT and int(name[:4]) > KEPT[app]]
    page = UPGRADE_PAGE.read_text()
    assert len(later) > 40
    for app, name in sorted(later):
        migration = graph.nodes[app, name]
        if getattr(migration, "not_additive", "") and f"{app}.{name}" in page:
            continue
        state = graph.make_state(nodes=(app, name), at_end=False)
        assert not list(complaints(migration, state))


@pytest.mark.parametrize(
    ("operation", "complaint"),
    [
        (migrations.RemoveField("row", "name"), "Remove field name from row"),
        (migrations.DeleteModel("Row"), "Delete model Row"),
        (migrations.RenameField("row", "name", "title"), "Rename field name on row to title"),
        (migrations.RenameModel("Row", "Line"), "Rename model Row to Line"),
        (migrations.AlterField("row", "name", models.CharField(max_length=9)), "(at most 9 characters)"),
        (migrations.AlterField("row", "note", models.TextField()), "(null is refused)"),
        (migrations.AlterField("row", "count", models.SmallIntegerField()), "(IntegerField becomes SmallIntegerField)"),
        (migrations.AlterField("row", "count", models.IntegerField(unique=True)), "(equal values are refused)"),
        (
            migrations.AddConstraint("row", models.UniqueConstraint(fields=["name"], name="one_name")),
            "Create constraint one_name on model row",
        ),
        (migrations.RunSQL("DROP TABLE rows_row"), "Raw SQL operation"),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("Row")]),
            "Delete model Row",
        ),
    ],
)
def test_what_takes_away_is_named(operation: Operation, complaint: str) -> None:
    (found,) = _complaints(operation)
    assert found.startswith("rows.0002_change: ")
    assert complaint in found


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("row", "size", models.IntegerField(default=0)),
        migrations.AlterField("row", "name", models.CharField(max_length=20)),
        migrations.AlterField("row", "name", models.TextField()),
        migrations.AlterField("row", "count", models.BigIntegerField(null=True)),
        migrations.AddIndex("row", models.Index(fields=["name"], name="by_name")),
    ],
)
def test_what_adds_is_taken(operation: Operation) -> None:
    assert _complaints(operation) == []


def _complaints(operation: Operation) -> list[str]:
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=10)),
        ("note", models.TextField(null=True)),
        ("count", models.IntegerField()),
    ]
    state = ProjectState({("rows", "row"): ModelState("rows", "Row", fields)})
    migration = Migration("0002_change", "rows")
    migration.operations = [operation]
    return list(complaints(migration, state))
