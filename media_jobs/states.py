"""The states of work, and which may follow which."""

from django.db import models


class JobState(models.TextChoices):
    """One animated image's (or analysis's) way through the queue; docs/architecture.md 5."""

    WAITING = "WAITING"
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    ABORTED = "ABORTED"


class TaskStatus(models.TextChoices):
    """A whole task as docs/protocol 2.8 spells it: FINISH even when some of its jobs failed."""

    WAITING = "WAITING"
    PROCESSING = "PROCESSING"
    FINISH = "FINISH"
    ABORTED = "ABORTED"


class UploadState(models.TextChoices):
    OPEN = "OPEN"
    COMMITTED = "COMMITTED"
    ABORTED = "ABORTED"


class BatchState(models.TextChoices):
    """STARTING until each of its media has its task or was skipped, RUNNING until the last of those tasks has ended."""

    STARTING = "starting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    FINISHED = "finished"
    CANCELLED = "cancelled"


OPEN_BATCHES = (BatchState.STARTING, BatchState.RUNNING, BatchState.CANCELLING)
ENDED = frozenset({JobState.SUCCESS, JobState.FAIL, JobState.ABORTED})

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.PROCESSING, JobState.ABORTED}),
    JobState.PROCESSING: ENDED | {JobState.WAITING},
    **{state: frozenset() for state in ENDED},
}
