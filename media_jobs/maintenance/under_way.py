"""Whether there is anything to see to at all: one question instead of twenty, as it is asked every few seconds."""

from functools import cache

from django.db import connection
from django.db.models import Model

from media_jobs.models import Batch, Job, PullTask
from media_jobs.states import JobState, TaskStatus


def anything_under_way() -> bool:
    """Whether a job or a pull waits or runs, or a batch is open."""
    with connection.cursor() as cursor:
        cursor.execute(_statement())
        return cursor.fetchone() is not None


@cache
def _statement() -> str:
    """Each part is the beginning of an index, however many rows have ended."""
    parts: tuple[tuple[type[Model], str], ...] = (
        (Job, f"state IN ('{JobState.WAITING}', '{JobState.PROCESSING}')"),
        (PullTask, f"status IN ('{TaskStatus.WAITING}', '{TaskStatus.PROCESSING}')"),
        (Batch, "finished_at IS NULL"),
    )
    # Our own words, all of them.
    questions = [f"EXISTS (SELECT 1 FROM {kind._meta.db_table} WHERE {waits})" for kind, waits in parts]  # noqa: S608
    return f"SELECT 1 WHERE {' OR '.join(questions)}"
