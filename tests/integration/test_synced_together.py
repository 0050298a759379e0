"""SQLite: what hundreds may ask for a second is on the disk before it is told, and no writer waits for the disk."""

import os
import sqlite3
from contextlib import closing

import pytest
from django.db import OperationalError, connection, transaction

from media_jobs.jobs.services import MediaNotReady, submit_task
from media_jobs.models import Media, ProcedureTask
from procedures.models import Procedure
from procedures.selectors import plan_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="PostgreSQL lets commits wait together by itself"),
]


def test_a_task_is_synced_before_it_is_told_and_others_write_meanwhile(
    uploaded: Media, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def look(file: int) -> None:
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            seen.extend(other.execute("SELECT COUNT(*) FROM media_jobs_proceduretask").fetchone())

    monkeypatch.setattr(os, "fdatasync", look)
    submit_task(media=uploaded, plan=plan_of(procedure))
    assert seen == [1]
    assert _level() == 2


def test_a_disk_that_takes_nothing_is_told_as_a_database_that_is_away(
    uploaded: Media, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(file: int) -> None:
        raise OSError(5, "the disk")

    monkeypatch.setattr(os, "fdatasync", fails)
    with pytest.raises(OperationalError):
        submit_task(media=uploaded, plan=plan_of(procedure))
    assert _level() == 2


def test_what_was_refused_or_is_a_part_of_another_transaction_syncs_nothing(
    uploaded: Media, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    with transaction.atomic():
        submit_task(media=uploaded, plan=plan_of(procedure))
    Media.objects.update(status=Media.Status.FORBIDDEN)
    with pytest.raises(MediaNotReady):
        submit_task(media=uploaded, plan=plan_of(procedure))
    assert synced == []
    assert ProcedureTask.objects.count() == 1
    assert _level() == 2


def _level() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])
