"""A batch goes on: a few rows in a transaction, with the place where it has come to.

So a death at any moment starts no task twice and leaves none out. Only so many tasks of a batch wait at a time: others
find their turn beside them, a quota is met a little at a time, and cancelling is quick.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Now

from applications.quotas import QuotaExceeded
from applications.transactions import atomic
from media_jobs.batches.selection import Selection
from media_jobs.batches.selectors import figures_of, unmade_tasks
from media_jobs.batches.skips import Skip, skipped
from media_jobs.clock import after
from media_jobs.jobs.selectors import UNDER_WAY
from media_jobs.jobs.services import MediaNotReady, cancel_task, retry_task, submit_task
from media_jobs.models import Batch, Job, Media, ProcedureTask
from media_jobs.states import BatchState, JobState, TaskStatus
from procedures.plan import Plan

log = logging.getLogger(__name__)

AT_ONCE = 50  # media or tasks in a transaction: some hundredths of a second
MOST_WAITING = 1000
PATIENCE = timedelta(days=7)  # how long a batch may wait without starting anything
A_TURN = 1.0  # seconds
_BATCHES_A_TURN = 100


def go_on() -> None:
    """Open batches, one step after the other, for about a second; the next turn goes on.

    In any order: those that were there first may all be waiting.
    """
    until = time.monotonic() + A_TURN
    open_ones = Batch.objects.filter(finished_at=None).order_by("?").values_list("pk", flat=True)
    moving = deque(open_ones[:_BATCHES_A_TURN])
    while moving and time.monotonic() < until:
        pk = moving.popleft()
        if _moved(pk):
            moving.append(pk)


def _moved(pk: UUID) -> bool:
    """As `step`; one that breaks off keeps no other from going on."""
    try:
        return step(pk)
    except DatabaseError:
        raise
    except Exception:
        log.exception("batch %s goes on at its next turn: a fault of ours", pk)
        return False


@atomic
def step(pk: UUID) -> bool:
    """The next few rows of the batch; False when nothing is to be done just now, or another process is at it."""
    mine = Batch.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("application")
    batch = mine.filter(pk=pk, finished_at=None).first()
    return batch is not None and _STEPS[BatchState(batch.state)](batch)


def _start(batch: Batch) -> bool:
    room = min(AT_ONCE, MOST_WAITING - batch.tasks.filter(status=TaskStatus.WAITING).count())
    if room <= 0:
        return False
    before = batch.place, batch.retry_place
    try:
        more = _try_again(batch, room=room) if batch.retry_up_to else _take_on(batch, room=room)
    except QuotaExceeded as refusal:
        return _wait(batch, str(refusal), moved=before != (batch.place, batch.retry_place))
    batch.waits, batch.moved_at = "", Now()
    batch.save(update_fields=Batch.MOVING)
    return more


def _take_on(batch: Batch, *, room: int) -> bool:
    """The next media: a task for each, or the reason against it. Raises QuotaExceeded after those that passed."""
    plan = Plan.from_dicts(batch.plan, procedure=batch.procedure)
    ahead = Selection.from_dict(batch.selection).media(batch.application)
    media = list(ahead.filter(pk__gt=batch.place, pk__lte=batch.up_to).order_by("pk")[:room])
    reasons = skipped(media, plan, again=batch.again)
    for one in media:
        reason = reasons.get(one.pk) or _submitted(batch, one, plan)
        if reason:
            batch.skipped[reason] = batch.skipped.get(reason, 0) + 1
        batch.place = one.pk
    if not media:
        batch.state = BatchState.RUNNING
    return True


def _submitted(batch: Batch, media: Media, plan: Plan) -> Skip | None:
    media.application = batch.application
    try:
        submit_task(media=media, plan=plan, priority=batch.priority, notify_mode=batch.notify_mode, batch=batch)
    except MediaNotReady:
        return Skip.GONE
    return None


def _try_again(batch: Batch, *, room: int) -> bool:
    """What failed makes room for its new task, in which only those steps are. Raises as `_take_on`."""
    ahead = unmade_tasks(batch).filter(pk__gt=batch.retry_place, pk__lte=batch.retry_up_to)
    tasks = list(ahead.select_related("media__application").order_by("pk")[:room])
    for task in tasks:
        try:
            retry_task(task=task, batch=batch)
        except MediaNotReady:
            batch.retry_place = task.pk
            continue
        ProcedureTask.objects.filter(pk=task.pk).update(batch=None)
        batch.retry_place = task.pk
    if not tasks:
        batch.retry_place = batch.retry_up_to = 0
    return True


def _wait(batch: Batch, why: str, *, moved: bool) -> bool:
    """Until there is room in the quota again; not for ever."""
    batch.waits = why[:300]
    if moved:
        batch.moved_at = Now()
    elif Batch.objects.filter(pk=batch.pk, moved_at__lt=after(-PATIENCE)).exists():
        batch.state = BatchState.CANCELLING
    batch.save(update_fields=Batch.MOVING)
    return False


def _run(batch: Batch) -> bool:
    return _ended(batch, state=BatchState.FINISHED)


def _cancel(batch: Batch) -> bool:
    waits, runs = Q(state=JobState.WAITING), Q(state=JobState.PROCESSING, abort_requested=False)
    left = Exists(Job.objects.filter(waits | runs, task=OuterRef("pk")))
    tasks = list(batch.tasks.filter(left, status__in=UNDER_WAY).order_by("pk")[:AT_ONCE])
    for task in tasks:
        cancel_task(task=task)
    return bool(tasks) or _ended(batch, state=BatchState.CANCELLED)


def _ended(batch: Batch, *, state: BatchState) -> bool:
    """With its last task, however much later that is seen; figures are kept, as tasks are forgotten one day."""
    if not batch.tasks.filter(status__in=UNDER_WAY).exists():
        batch.figures = figures_of([batch])[batch.pk]
        batch.state = state
        batch.finished_at = batch.tasks.aggregate(last=Max("finished_at"))["last"] or Now()
        batch.save(update_fields=Batch.MOVING)
    return False


_STEPS: dict[BatchState, Callable[[Batch], bool]] = {
    BatchState.STARTING: _start,
    BatchState.RUNNING: _run,
    BatchState.CANCELLING: _cancel,
}
