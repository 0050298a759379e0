"""Claim, renew, end, sweep: the only code that moves a job's state.

A lease is a claim on a job row for a while, by the database's clock (invariant I9). Its token is the fence: every later
write says `WHERE id AND lease_token AND state = PROCESSING`, and the number of rows touched is the answer.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from applications.models import Application
from media_jobs.clock import after
from media_jobs.doorbell import issue_permits
from media_jobs.events import outbox
from media_jobs.models import AnimatedImage, Job, ProcedureTask
from media_jobs.states import ENDED, JobState, TaskStatus

log = logging.getLogger(__name__)

PATIENCE = timedelta(hours=24)  # how long a job waits for the machine itself to get well
_CLAIM_TRIES = 5


@dataclass(frozen=True, slots=True)
class Lease:
    job_id: UUID
    token: UUID
    attempt: int


class LeaseLost(Exception):
    """Somebody else owns the job by now, or nobody: throw the output away."""


class AbortRequested(Exception):
    """A person wants this job to end."""


def claim(*, worker: str, kinds: Collection[str] | None = None) -> Lease | None:
    """The most urgent claimable job, of these kinds or of any; None when there is none.

    Higher priority first; then the application with fewest jobs running.
    """
    for _ in range(_CLAIM_TRIES):
        job_id = _next_job(kinds)
        if job_id is None:
            return None
        if lease := _take(job_id, worker=worker):
            return lease
    return None


def renew(lease: Lease, *, progress: int) -> None:
    """Hold the job for another ZOETROPE_LEASE and show `progress` (0–100). Raises LeaseLost or AbortRequested."""
    if _held(lease).update(lease_until=after(settings.ZOETROPE_LEASE), progress=progress) != 1:
        raise LeaseLost(str(lease.job_id))
    if Job.objects.filter(pk=lease.job_id, abort_requested=True).exists():
        raise AbortRequested(str(lease.job_id))


def succeed(lease: Lease, *, output: AnimatedImage | None = None) -> bool:
    """Saves `output` in the same transaction. False when the lease was lost: the caller must throw its output away."""
    return _end(lease, output=output, state=JobState.SUCCESS, progress=100, message="")


def fail(lease: Lease, *, err_code: str, message: str) -> bool:
    """The job can't succeed, however often it is tried."""
    return _end(lease, state=JobState.FAIL, progress=100, err_code=err_code, message=message[:1000])


def abort(lease: Lease) -> bool:
    return _end(lease, state=JobState.ABORTED, message="Cancelled.")


def crashed(lease: Lease, *, err_code: str, message: str) -> bool:
    """The codec child died. Tried again until ZOETROPE_MAX_CRASHES, then FAIL (invariant I5)."""
    crashes = Job.objects.values_list("crashes", flat=True).get(pk=lease.job_id) + 1
    if crashes >= settings.ZOETROPE_MAX_CRASHES:
        return _end(
            lease, state=JobState.FAIL, progress=100, crashes=crashes, err_code=err_code, message=message[:1000]
        )
    return _requeue(lease, delay=timedelta(seconds=1), crashes=crashes)


def postpone(lease: Lease, *, delay: timedelta, message: str) -> bool:
    """Not the job's fault (disk full, store away): later, and the attempt doesn't count; for a day, then FAIL."""
    if Job.objects.filter(pk=lease.job_id, created_at__lt=after(-PATIENCE)).exists():
        return fail(lease, err_code="InternalError", message=message)
    return _requeue(lease, delay=delay, attempts=F("attempts") - 1, message=message[:1000])


def hand_back(lease: Lease) -> bool:
    """The worker is stopping: at once, and the attempt doesn't count."""
    return _requeue(lease, delay=timedelta(0), attempts=F("attempts") - 1)


@transaction.atomic
def request_abort(task: ProcedureTask) -> int:
    """End what waits, ask what runs to stop; the number of jobs concerned. Repeating it does no harm."""
    waiting = task.jobs.filter(state=JobState.WAITING).update(
        state=JobState.ABORTED, message="Cancelled.", finished_at=Now()
    )
    running = task.jobs.filter(state=JobState.PROCESSING).update(abort_requested=True)
    _roll_up(task.pk)
    return waiting + running


def sweep() -> None:
    """Put jobs whose worker fell silent back in the queue.

    A lost worker is no crash of the job (codecs run in children, invariant I6), yet ZOETROPE_MAX_ATTEMPTS ends a job
    that takes one worker after another with it.
    """
    for job in Job.objects.filter(state=JobState.PROCESSING, lease_until__lt=Now()):
        assert job.lease_token is not None
        lease = Lease(job_id=job.pk, token=job.lease_token, attempt=job.attempts)
        if job.abort_requested:
            abort(lease)
        elif job.attempts >= settings.ZOETROPE_MAX_ATTEMPTS:
            fail(lease, err_code="InternalError", message="Workers stopped again and again while they made this image.")
        elif _requeue(lease, delay=timedelta(0)):
            log.warning("job %s: its worker %s fell silent, queued again", job.pk, job.worker)


def claimable(kinds: Collection[str] | None = None) -> QuerySet[Job]:
    """The jobs, of these kinds or of any, that wait and may begin."""
    ready = Job.objects.filter(state=JobState.WAITING, not_before__lte=Now())
    return ready if kinds is None else ready.filter(kind__in=kinds)


def _next_job(kinds: Collection[str] | None) -> UUID | None:
    head = claimable(kinds).filter(application=OuterRef("pk")).order_by("-priority", "created_at", "position")
    heads = Application.objects.annotate(
        head=Subquery(head.values("pk")[:1]),
        urgency=Subquery(head.values("priority")[:1]),
        since=Subquery(head.values("created_at")[:1]),
    ).filter(head__isnull=False)
    running = dict(
        Job.objects.filter(state=JobState.PROCESSING).values_list("application").annotate(Count("pk")).order_by()
    )
    rows = heads.values_list("head", "urgency", "since", "pk")
    best = min(rows, key=lambda row: (-row[1], running.get(row[3], 0), row[2]), default=None)
    return best[0] if best else None


@transaction.atomic
def _take(job_id: UUID, *, worker: str) -> Lease | None:
    token = uuid4()
    taken = (
        claimable()
        .filter(pk=job_id)
        .update(
            state=JobState.PROCESSING,
            lease_token=token,
            lease_until=after(settings.ZOETROPE_LEASE),
            worker=worker,
            attempts=F("attempts") + 1,
            progress=0,
            began_at=Coalesce("began_at", Now()),
        )
    )
    if not taken:
        return None
    job = Job.objects.only("attempts", "task_id").get(pk=job_id)
    if job.task_id is not None:
        ProcedureTask.objects.filter(pk=job.task_id, status=TaskStatus.WAITING).update(
            status=TaskStatus.PROCESSING, began_at=Now()
        )
    return Lease(job_id=job_id, token=token, attempt=job.attempts)


def _held(lease: Lease) -> QuerySet[Job]:
    return Job.objects.filter(pk=lease.job_id, lease_token=lease.token, state=JobState.PROCESSING)


@transaction.atomic
def _end(lease: Lease, *, state: JobState, output: AnimatedImage | None = None, **fields: object) -> bool:
    if _held(lease).update(state=state, lease_token=None, lease_until=None, finished_at=Now(), **fields) != 1:
        return False
    if output:
        output.save(force_insert=True)
    job = Job.objects.only("task_id", "position").get(pk=lease.job_id)
    if job.task_id is not None and not _roll_up(job.task_id):
        outbox.task_part_ended(job.task_id, position=job.position)
    return True


def _requeue(lease: Lease, *, delay: timedelta, **fields: object) -> bool:
    """Back to the queue, with a permit that is good when the job may begin."""
    waiting = {"state": JobState.WAITING, "lease_token": None, "lease_until": None, "progress": 0}
    if _held(lease).update(not_before=after(delay), **waiting, **fields) != 1:
        return False
    kind = Job.objects.values_list("kind", flat=True).get(pk=lease.job_id)
    transaction.on_commit(partial(issue_permits, kind, [lease.job_id], delay=delay), robust=True)
    return True


def _roll_up(task_pk: int) -> bool:
    """End the task with its last job; False when it goes on. The lock makes two last jobs take turns."""
    task = ProcedureTask.objects.select_for_update().get(pk=task_pk)
    states = set(task.jobs.values_list("state", flat=True))
    if not states <= ENDED:
        return False
    if task.status not in (TaskStatus.FINISH, TaskStatus.ABORTED):
        status = TaskStatus.ABORTED if JobState.ABORTED in states else TaskStatus.FINISH
        ProcedureTask.objects.filter(pk=task_pk).update(status=status, finished_at=Now())
        outbox.task_ended(task_pk)
    return True
