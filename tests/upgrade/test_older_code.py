"""While an upgrade goes from host to host the former release's processes write into the newer schema.

Its models are those of its own migrations (what its kept folder had applied), so that this needs no checkout of it:
they insert without the columns that came later, and read, change and delete what is theirs. What it can't show is SQL
that the former release wrote by hand.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.apps.registry import Apps
from django.db import connection, connections, transaction
from django.db.models import Model

from tests.upgrade.chain import Chain

KEPT = "kept"
FORMER = max(folder for folder in Path(__file__).parent.iterdir() if (folder / "zoetrope.sql").exists())
_APPLIED = re.compile(r"INSERT INTO \"?django_migrations\"? VALUES\(\d+,'(\w+)','(\w+)'")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[None]:
    """The former release's database, as the alias KEPT."""
    path = tmp_path / "kept.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((FORMER / "zoetrope.sql").read_text())
    connections.settings[KEPT] = {**connections.settings["default"], "ENGINE": "django.db.backends.sqlite3"}
    connections.settings[KEPT] |= {"NAME": str(path), "OPTIONS": {}, "DISABLE_SERVER_SIDE_CURSORS": False}
    connections[KEPT].connect()
    yield
    connections[KEPT].close()
    del connections[KEPT], connections.settings[KEPT]


def former_models() -> Apps:
    applied = _APPLIED.findall((FORMER / "zoetrope.sql").read_text())
    assert len(applied) > 20
    loader = Chain(connection)
    assert set(loader.graph.leaf_nodes()) - set(applied), "nothing has been added since: there is nothing to show"
    return loader.project_state([node for node in applied if node in loader.graph.nodes]).apps


@pytest.mark.django_db(transaction=True)
def test_the_former_releases_code_writes_and_reads_in_todays_schema(kept: None) -> None:
    models = [model for model in former_models().get_models() if model._meta.managed]
    for model in models:
        model._base_manager.all().delete()  # what migrations put there
    with transaction.atomic():  # what refers to what is looked at when it ends
        written = sum(_copied(model) for model in models)
    assert written > 50
    for row in (row for model in models for row in model._base_manager.all()):
        row.save(force_update=True)
    with transaction.atomic():
        for model in models:
            model._base_manager.all()._raw_delete("default")
    assert not any(model._base_manager.exists() for model in models)


def _copied(model: type[Model]) -> int:
    """Rows of the kept database that the former release's code now writes into ours, and finds again as they were."""
    rows = list(model._base_manager.using(KEPT).order_by("pk"))
    for row in rows:
        row.save(using="default", force_insert=True)
    columns = [field.attname for field in model._meta.concrete_fields if not getattr(field, "auto_now", False)]
    there = list(model._base_manager.using(KEPT).order_by("pk").values_list(*columns))
    assert list(model._base_manager.order_by("pk").values_list(*columns)) == there, model
    return len(rows)
