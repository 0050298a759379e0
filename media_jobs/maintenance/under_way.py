"""Whether there is anything to see to at all: one question instead of twenty, as it is asked every few seconds."""

from collections.abc import Iterable
from functools import cache

from django.db import connection
from django.db.models import Model

from media_jobs.models import Batch, Job, PullTask
from media_jobs.states import OPEN_BATCHES, JobState, TaskStatus


def anything_under_way() -> bool:
    """Whether a job or a pull waits or runs, or a batch is open."""
    with connection.cursor() as cursor:
        cursor.execute(_statement())
        return cursor.fetchone() is not None


@cache
def _statement() -> str:
    """Each part is the beginning of an index, however many rows have ended."""
    parts: tuple[tuple[type[Model], str, Iterable[str]], ...] = (
        (Job, "state", (JobState.WAITING, JobState.PROCESSING)),
        (PullTask, "status", (TaskStatus.WAITING, TaskStatus.PROCESSING)),
        (Batch, "created_at > '0001-01-01' AND state", OPEN_BATCHES),  # the moment names the index of the open ones
    )
    questions = []
    for kind, wanted, states in parts:
        among = ", ".join(f"'{state}'" for state in states)
        rows = f"SELECT 1 FROM {kind._meta.db_table} WHERE {wanted} IN ({among})"  # noqa: S608  our own words
        questions.append(f"EXISTS ({rows})")
    return f"SELECT 1 WHERE {' OR '.join(questions)}"
