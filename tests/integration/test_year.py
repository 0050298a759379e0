"""A year in small: what was done long ago makes no page, list or look slower, and no file larger.

`make year` is the same with more jobs. Steps of SQLite's machine are counted, which no other load changes.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import connection, models
from django.utils import timezone

from applications.models import Application
from media_jobs.library.services import expire_media
from media_jobs.models import EventConfig, Holding, Media
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from procedures.snapshots import SnapshotInput
from templates_app.models import AnimatedImageTemplate
from tests.bench.copies import KINDS, Keys, Original, expire
from tests.bench.lived import work

ROOT = Path(__file__).resolve().parents[2]
MORE = 1.2
A_FEW = 1500  # steps: twenty more rows of a list


@pytest.mark.timeout(280)
def test_after_a_year_every_list_reads_what_it_read_before_and_the_files_stay_as_they_are() -> None:
    command = ["-m", "tests.bench.year", "--jobs", "6000", "--days", "130", "--rounds", "1", "--json"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    first, full, last = json.loads(done.stdout.splitlines()[-1])
    assert len(last["steps"]) > 60
    for size in ("rows", "database", "broker"):
        assert last[size] <= 1.02 * full[size], size
    slower = {name: (full["steps"][name], steps) for name, steps in last["steps"].items() if _more(steps, full, name)}
    assert not slower
    # Against the first day, when a tenth of it was there, only what counts may read more than a page full (to 5,000).
    grown = {name for name, steps in last["steps"].items() if _more(steps, first, name)}
    counting = {
        "console overview",
        "console batches",
        "rest batch-list",
        "rest pull-list",
        "rest output-list",
        "rest uploads",
    }
    by_use = {"console templates", "console flows"}
    by_chunk = {"export, 20 lines"}
    assert grown <= counting | by_use | by_chunk


def _more(steps: int, before: dict[str, dict[str, int]], name: str) -> bool:
    return steps > MORE * before["steps"][name] + A_FEW


@pytest.fixture
def worked(
    application: Application, gif_template: AnimatedImageTemplate, settings: LazySettings, tmp_path: Path
) -> Media:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    steps = [StepInput(definition=gif_template.definition, end=0.4)]
    sprite = [SnapshotInput("sprite", 10)]
    flow = create_procedure(application=application, name="year", steps=steps, snapshots=sprite)
    return work(application, plan_of(flow), folder=tmp_path, live=timedelta(days=30))


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the year is simulated in SQLite")
def test_what_the_year_copies_is_everything_that_a_piece_of_work_leaves(worked: Media) -> None:
    before = _counts()
    Original(worked, chance=random.Random(1)).copy([timezone.now()], keys=Keys())
    after = _counts()
    assert after == {kind: 2 * number if kind in (*KINDS, Holding) else number for kind, number in before.items()}
    of_work = {kind for kind, number in before.items() if number and kind._meta.app_label == "media_jobs"}
    assert of_work == {*KINDS, EventConfig, Holding}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the year is simulated in SQLite")
def test_a_copy_that_expires_in_the_year_leaves_what_one_leaves_that_the_machine_ends(worked: Media) -> None:
    first, second = Original(worked, chance=random.Random(1)).copy([timezone.now()] * 2, keys=Keys())
    Media.objects.filter(pk__in=(first, second)).update(expires_at=timezone.now())
    assert expire_media(media=Media.objects.get(pk=first))
    expire([second])
    assert list(_left_of(first)) == list(_left_of(second))


def _counts() -> dict[type[models.Model], int]:
    return {kind: kind._base_manager.count() for kind in apps.get_models()}


def _left_of(media: int) -> Iterator[tuple[str, list[Any]]]:
    """Each row that is of the media, without what every row has of its own."""
    own = ("id", "storage_key", "poster_key", "task_id", "file_id", "sha256", "recipe_key", "deleted_at", "updated_at")
    for relation in Media._meta.related_objects:
        kind: Any = relation.related_model
        rows = kind._base_manager.filter(**{relation.field.name: media}).all()
        plain = [one.name for one in kind._meta.concrete_fields if not one.is_relation and one.name not in own]
        yield kind.__name__, sorted(rows.values_list(*plain), key=repr)
    plain = [one.name for one in Media._meta.concrete_fields if one.name not in own]
    yield "Media", list(Media.objects.filter(pk=media, deleted_at__isnull=False).values_list(*plain))
