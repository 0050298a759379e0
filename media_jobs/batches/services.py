"""Asking for a batch, cancelling it, trying again what failed; what goes on behind that is in walk.py."""

from collections.abc import Callable

from django.db.models import Max
from django.db.models.functions import Now

from applications.errors import Conflict, InvalidValue, LimitReached
from applications.models import Application
from applications.transactions import atomic, locked_row
from media_jobs.batches import walk
from media_jobs.batches.selection import MOST_NAMED, Selection
from media_jobs.batches.selectors import unmade_tasks
from media_jobs.batches.skips import Skip
from media_jobs.jobs.services import NothingToRetry, check_options
from media_jobs.models import Batch, Media
from media_jobs.states import OPEN_BATCHES, BatchState
from procedures.plan import Plan

MOST_MEDIA = 1_000_000
MOST_OPEN = 100


class TooManyBatches(LimitReached):
    pass


class BatchEnds(Conflict):
    """It is being cancelled."""


def create_batch(
    *,
    application: Application,
    selection: Selection,
    plan: Plan,
    again: bool = False,
    priority: int = 0,
    notify_mode: str = "",
) -> Batch:
    """The plan over every media of the selection; the first of them are started here, the rest by workers.

    Raises InvalidValue when there is nothing to do or too much, TooManyBatches.
    """
    check_options(priority=priority, notify_mode=notify_mode, session_id="", session_context="")
    total, found = counted(application, selection)
    if not found:
        raise InvalidValue("No media is selected by this.", field="file_ids" if selection.file_ids else "filter")
    batch = _written(
        Batch(
            application=application,
            selection=selection.as_dict(),
            procedure=plan.procedure,
            plan=[part.as_dict() for part in plan.parts],
            again=again,
            priority=priority,
            notify_mode=notify_mode,
            total=total,
            up_to=Media.objects.filter(application=application).aggregate(newest=Max("pk"))["newest"],
            skipped={Skip.GONE: total - found} if total > found else {},
        )
    )
    return _begun(batch)


def counted(application: Application, selection: Selection) -> tuple[int, int]:
    """How many media were asked for, and how many of them are there. Raises InvalidValue for too many."""
    found = selection.media(application).order_by().count()
    if found > MOST_MEDIA or len(selection.file_ids) > MOST_NAMED:
        words = f"A batch is of at most {MOST_MEDIA:,} media, and of at most {MOST_NAMED:,} when each is named."
        raise InvalidValue(words, field="file_ids" if selection.file_ids else "filter")
    return len(selection.file_ids) or found, found


def cancel_batch(*, batch: Batch) -> Batch:
    """Nothing more is started, what waits ends, what runs within a heartbeat. Repeating it does no harm."""
    return _begun(_changed(batch, _cancelled))


def retry_batch(*, batch: Batch) -> Batch:
    """Try again what failed or was cancelled, and go on with what a cancelled batch had not come to.

    Raises NothingToRetry, or BatchEnds while it is being cancelled.
    """
    return _begun(_changed(batch, _tried_again))


@atomic
def _written(batch: Batch) -> Batch:
    owner = locked_row(Application.objects.all(), batch.application_id, gone="This application is gone.")
    if owner.batches.filter(finished_at=None).count() >= MOST_OPEN:
        raise TooManyBatches(f"{MOST_OPEN} batches are under way. Wait until one has ended, or cancel one.")
    batch.save(force_insert=True)
    return batch


@atomic
def _changed(batch: Batch, change: Callable[[Batch], None]) -> Batch:
    now = locked_row(Batch.objects.select_related("application"), batch.pk, gone="This batch is gone.")
    change(now)
    now.save(update_fields=Batch.MOVING)
    return now


def _cancelled(batch: Batch) -> None:
    if batch.state in OPEN_BATCHES:
        batch.state, batch.waits = BatchState.CANCELLING, ""


def _tried_again(batch: Batch) -> None:
    if batch.state == BatchState.CANCELLING:
        raise BatchEnds("This batch is being cancelled. Try again once its last task has ended.")
    last = unmade_tasks(batch).aggregate(last=Max("pk"))["last"]
    ahead = Selection.from_dict(batch.selection).media(batch.application).filter(pk__gt=batch.place)
    if last is None and not (batch.state == BatchState.CANCELLED and ahead.filter(pk__lte=batch.up_to).exists()):
        raise NothingToRetry("Nothing in this batch failed or was cancelled, so there is nothing to try again.")
    batch.retry_place, batch.retry_up_to = 0, last or 0
    batch.state, batch.moved_at = BatchState.STARTING, Now()
    batch.figures = batch.finished_at = None


def _begun(batch: Batch) -> Batch:
    """A first step at once: what is small is under way with the answer."""
    walk.step(batch.pk)
    batch.refresh_from_db()
    return batch
