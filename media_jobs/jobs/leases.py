"""Claim, renew, end, sweep: the only code that moves a job's state.

A lease is a claim on a job row for a while, by the database's clock (invariant I9). Its token is the fence: every later
write says `WHERE id AND lease_token AND state = PROCESSING`, and the number of rows touched is the answer. Rows are
locked in the order head of the queue, job, task; queue.py, which says whose turn it is, tells why nobody waits in a
circle.
"""

import logging
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from applications.by_hand import as_stored, postgresql, rows, touched
from applications.transactions import atomic, light_transaction
from media_jobs import holdings
from media_jobs.clock import after, watch
from media_jobs.doorbell import issue_permits
from media_jobs.events import outbox
from media_jobs.jobs import queue, statements
from media_jobs.models import AnimatedImage, Job, ProcedureTask, SnapshotSet
from media_jobs.states import ENDED, JobState, TaskStatus

log = logging.getLogger(__name__)

PATIENCE = timedelta(hours=24)  # how long a job waits for the machine itself to get well
LONGEST_DELAY = timedelta(minutes=10)  # so that one which a clock left further ahead can be told
_CLAIM_TRIES = 1000  # each but the last gave way to another claim, or put a head right
_SWEPT_AT_ONCE = 100
_rounds = queue.Rounds()

Output = AnimatedImage | SnapshotSet


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
    """The most urgent claimable job, of these kinds or of any; None when there is none. queue.py tells the order."""
    kinds, wait_for = kinds or Job.Kind.values, 0
    for _ in range(_CLAIM_TRIES):
        with light_transaction(said=True) if postgresql() else nullcontext():
            look = queue.look(kinds, wait_for=wait_for)
            if look.head and (lease := _take_first(look.head, look.jobs, worker=worker)):
                return lease
        if look.due:
            queue.release()
        if look.empty and not queue.refill(kinds):
            return None
        wait_for = look.wait_for
    return None


def renew(lease: Lease, *, progress: int) -> None:
    """Hold the job for another ZOETROPE_LEASE and show `progress` (0–100). Raises LeaseLost or AbortRequested."""
    if _held(lease).update(lease_until=after(settings.ZOETROPE_LEASE), progress=progress) != 1:
        raise LeaseLost(str(lease.job_id))
    if Job.objects.filter(pk=lease.job_id, abort_requested=True).exists():
        raise AbortRequested(str(lease.job_id))


def succeed(lease: Lease, *, output: Output | None = None) -> bool:
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


def try_again(lease: Lease, *, delay: timedelta, message: str) -> bool:
    """What the job needed was lost and it isn't to blame: later; after ZOETROPE_MAX_ATTEMPTS FAIL (invariant I5)."""
    if lease.attempt >= settings.ZOETROPE_MAX_ATTEMPTS:
        return fail(lease, err_code="InternalError", message=message)
    return _requeue(lease, delay=delay, message=message[:1000])


def postpone(lease: Lease, *, delay: timedelta, message: str) -> bool:
    """Not the job's fault (disk full, store away): later, and the attempt doesn't count; for a day, then FAIL."""
    if Job.objects.filter(pk=lease.job_id, created_at__lt=after(-PATIENCE)).exists():
        return fail(lease, err_code="InternalError", message=message)
    return _requeue(lease, delay=delay, attempts=F("attempts") - 1, message=message[:1000])


def hand_back(lease: Lease) -> bool:
    """The worker is stopping: at once, and the attempt doesn't count."""
    return _requeue(lease, delay=timedelta(0), attempts=F("attempts") - 1)


@atomic
def request_abort(task: ProcedureTask) -> int:
    """End what waits, ask what runs to stop; the number of jobs concerned. Repeating it does no harm."""
    list(task.jobs.select_for_update(no_key=True).order_by("pk").values_list("pk"))  # two that end it take turns
    waiting = task.jobs.filter(state=JobState.WAITING).update(
        state=JobState.ABORTED, message="Cancelled.", finished_at=Now()
    )
    running = task.jobs.filter(state=JobState.PROCESSING).update(abort_requested=True)
    ((status,),) = rows(statements.lock_task(), [task.pk])
    _roll_up(task.pk, status)
    return waiting + running


def sweep() -> None:
    """Put jobs whose worker fell silent back in the queue.

    A lost worker is no crash of the job (codecs run in children, invariant I6), yet ZOETROPE_MAX_ATTEMPTS ends a job
    that takes one worker after another with it. A call does so much and no more; the next goes on. A clock that was set
    ahead ends no lease: whoever lives renews his first.
    """
    watch.look()
    if watch.steady_for(settings.ZOETROPE_LEASE):
        over = Q(lease_until__lt=Now())
        for job in Job.objects.filter(over, state=JobState.PROCESSING).order_by("lease_until")[:_SWEPT_AT_ONCE]:
            _give_up_on_worker(job, if_still=over)
    queue.release()
    _rounds.mend()


def worker_ended(worker: str) -> int:
    """Its process is known to be gone: what it held goes back at once, as if its lease were over; how many jobs."""
    held = Job.objects.filter(state=JobState.PROCESSING, worker=worker)
    return sum(_give_up_on_worker(job, if_still=Q(worker=worker)) for job in held[:_SWEPT_AT_ONCE])


def _give_up_on_worker(job: Job, *, if_still: Q) -> bool:
    """False when it has renewed its lease by now, or somebody else holds the job."""
    lease = _taken_over(job, if_still=if_still)
    if lease is None:
        return False
    if job.abort_requested:
        abort(lease)
    elif job.attempts >= settings.ZOETROPE_MAX_ATTEMPTS:
        fail(lease, err_code="InternalError", message="Workers stopped again and again while they made this image.")
    elif _requeue(lease, delay=timedelta(0)):
        log.warning("job %s: its worker %s fell silent, queued again", job.pk, job.worker)
    return True


def _taken_over(job: Job, *, if_still: Q) -> Lease | None:
    """A lease of our own: whoever held the job before can't write into it any more."""
    lease = Lease(job_id=job.pk, token=uuid4(), attempt=job.attempts)
    silent = Job.objects.filter(if_still, pk=job.pk, lease_token=job.lease_token, state=JobState.PROCESSING)
    taken = silent.update(lease_token=lease.token, lease_until=after(settings.ZOETROPE_LEASE))
    return lease if taken else None


def claimable(kinds: Collection[str] | None = None) -> QuerySet[Job]:
    """The jobs, of these kinds or of any, that wait and may begin; as of the last sweep, where they were postponed."""
    return queue.ready(kinds or Job.Kind.values)


def _take_first(head: queue.Head, jobs: Sequence[queue.First], *, worker: str) -> Lease | None:
    """The queue's first job, and its head moved to the next. None when the head was early: it is right then."""
    first, second = [*jobs, None, None][:2]
    if first is None or first.place != head.place:
        with light_transaction():
            queue.advance(head, to=first)
        return None
    lease = Lease(job_id=UUID(str(first.pk)), token=uuid4(), attempt=first.attempts + 1)
    length = settings.ZOETROPE_LEASE.total_seconds()
    claimed = [as_stored(lease.token), length, worker, first.pk, first.attempts]
    take = _take_all if postgresql() else _take_one_by_one
    return lease if take(head, first, second, claimed) else None


def _take_all(head: queue.Head, first: queue.First, second: queue.First | None, claimed: list[Any]) -> bool:
    """In one statement: each is a way to the server and back."""
    place = [*second.place, head.pk, head.turn] if second else [head.pk, head.turn]
    others = [head.application_id, head.pk]
    return bool(rows(statements.take_all(last=second is None), [*claimed, *place, *others]))


def _take_one_by_one(head: queue.Head, first: queue.First, second: queue.First | None, claimed: list[Any]) -> bool:
    with light_transaction():
        if not touched(statements.take(), claimed):
            return False
        if first.task_status == TaskStatus.WAITING:
            touched(statements.begin_task(), [first.task_id])
        touched(statements.SERVE, [head.application_id])
        queue.advance(head, to=second)
        return True


def _held(lease: Lease) -> QuerySet[Job]:
    return Job.objects.filter(pk=lease.job_id, lease_token=lease.token, state=JobState.PROCESSING)


@atomic
def _end(
    lease: Lease,
    *,
    state: JobState,
    output: Output | None = None,
    progress: int | None = None,
    crashes: int | None = None,
    err_code: str | None = None,
    message: str | None = None,
) -> bool:
    values = [state.value, progress, crashes, err_code, message]
    ended = rows(statements.end(), [*values, as_stored(lease.job_id), as_stored(lease.token)])
    if not ended:
        return False
    if output:
        output.save(force_insert=True)
        holdings.took_in([output])
    ((task_pk, position, status, notify_mode),) = ended  # the task is locked: two last jobs take turns
    if task_pk is not None and not _roll_up(task_pk, status) and notify_mode == "Change":
        outbox.task_part_ended(task_pk, position=position)
    return True


def _requeue(lease: Lease, *, delay: timedelta, **fields: object) -> bool:
    """Back to the queue, with a permit that is good when the job may begin: within LONGEST_DELAY."""
    delay = min(delay, LONGEST_DELAY)
    waiting = {"state": JobState.WAITING, "lease_token": None, "lease_until": None, "progress": 0}
    postponed = delay > timedelta(0)
    if _held(lease).update(not_before=after(delay), postponed=postponed, **waiting, **fields) != 1:
        return False
    kind = Job.objects.values_list("kind", flat=True).get(pk=lease.job_id)
    transaction.on_commit(partial(queue.note, [as_stored(lease.job_id)]), robust=True)
    transaction.on_commit(partial(issue_permits, kind, [lease.job_id], delay=delay), robust=True)
    return True


def _roll_up(task_pk: int, status: str) -> bool:
    """End the task, which is locked, with its last job; False when it goes on."""
    states = {state for (state,) in rows(statements.TASK_STATES, [task_pk])}
    if not states <= ENDED:
        return False
    if status not in (TaskStatus.FINISH, TaskStatus.ABORTED):
        ended = TaskStatus.ABORTED if JobState.ABORTED in states else TaskStatus.FINISH
        ProcedureTask.objects.filter(pk=task_pk).update(status=ended, finished_at=Now())
        outbox.task_ended(task_pk)
    return True
