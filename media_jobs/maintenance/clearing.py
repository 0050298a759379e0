"""Terminated applications: what waits is called off at once; once their waiting period is over, all of theirs goes.

So much a turn, in an order in which nothing is left that names what is gone, each piece in a transaction of its own: a
process that is killed at any moment leaves rows that the next turn finds. Files go after their rows, as with every
deletion; what such a death left of them is found at the end, when the application's part of the store is looked
through. The application's own row and its audit log stay.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from applications.audit.entries import record_upkeep
from applications.models import Application, AuditEntry
from applications.services.termination import begin_clearing, end_clearing, terminate_application
from media_jobs.batches.services import cancel_batch
from media_jobs.faultpoint import faultpoint
from media_jobs.jobs.services import cancel_task
from media_jobs.library.services import delete_media
from media_jobs.maintenance.retention import media_told_of, uploads_in_use
from media_jobs.models import EventConfig, Job, ObjectPart, ProcedureTask, StoredObject, Upload
from media_jobs.pulls.services import cancel_pull
from media_jobs.states import ENDED, BatchState, JobState, TaskStatus, UploadState
from media_jobs.store.storage import is_own_key, storage
from media_jobs.uploads.direct import forget_ended
from media_jobs.uploads.objects import forget_objects
from media_jobs.uploads.services import discard

log = logging.getLogger(__name__)

_AT_ONCE = 500  # tasks, pulls and media of a call; rows of a transaction
_IN_A_REQUEST = 100  # tasks and pulls: about a second
_A_TURN = 20_000  # pieces: some minutes at most, and the next turn comes a minute later
_APPLICATIONS = 100

Rows = Callable[[Application], QuerySet[Any]]


def terminate(*, application: Application) -> Application:
    """Terminate it, and call off what waits. Raises what `terminate_application` raises."""
    terminated = terminate_application(application=application)
    stop_work(terminated, most=_IN_A_REQUEST)
    return terminated


def stop_work(application: Application, *, most: int = _AT_ONCE) -> int:
    """End what waits of a terminated application, ask what runs to stop: how much. Of many the first `most`; go on.

    What is still claimed meanwhile isn't made (jobs/run.py). Analyses and transfers that have begun end by themselves:
    without them a media would be lost to one who takes the termination back.
    """
    Job.objects.filter(~Q(task=None), application=application, state=JobState.PROCESSING).update(abort_requested=True)
    batches = application.batches.filter(finished_at=None).exclude(state=BatchState.CANCELLING)[:most]
    pulls = application.pulls.filter(status=TaskStatus.WAITING).select_related("upload")[:most]
    waiting = Job.objects.filter(~Q(task=None), application=application, state=JobState.WAITING).order_by()
    tasks = ProcedureTask.objects.filter(pk__in=set(waiting.values_list("task", flat=True)[:most])).order_by("pk")
    done = 0
    for batch in list(batches):
        done += bool(cancel_batch(batch=batch))
    for pull in list(pulls):
        done += cancel_pull(pull=pull)
    for task in list(tasks):
        done += cancel_task(task=task)
    return done


def clear_terminated() -> None:
    """One turn at every application that is terminated."""
    room = _A_TURN
    for application in Application.objects.filter(status=Application.Status.DESTROYING)[:_APPLICATIONS]:
        while room > 0 and (done := stop_work(application)):
            room -= done
        if room > 0 and begin_clearing(application=application):
            room -= clear(application, room=room)


def clear(application: Application, *, room: int) -> int:
    """Delete what it has, about `room` pieces at most; how many went. The last turn marks it as destroyed."""
    left = room
    for step in _STEPS:
        while left > 0 and (done := step(application)):
            faultpoint("clearing")
            left -= done
    if left > 0 and not remains_of(application):
        end_clearing(application=application)
        record_upkeep("application-cleared", application=application, subject={"app_id": application.app_id})
        log.warning("application %s is cleared: nothing is left of it but its audit log", application.app_id)
    return room - left


def remains_of(application: Application) -> list[str]:
    """The kinds of rows that it still has, audit log aside."""
    return [kind.__name__ for kind in _kinds() if kind._base_manager.filter(application=application).exists()]


def _kinds() -> Iterator[type[Model]]:
    for relation in Application._meta.related_objects:
        if relation.related_model is not AuditEntry:
            yield relation.related_model


def _deafen(application: Application) -> int:
    """First of all: nobody is told of what is deleted from now on."""
    return _forget(EventConfig.objects.filter(application=application))


def _end_uploads(application: Application) -> int:
    """A transfer that is under way ends with it, at its next bytes."""
    uploads = list(application.uploads.filter(state=UploadState.OPEN).order_by()[:_AT_ONCE])
    for upload in uploads:
        discard(upload=upload)
    return len(uploads)


def _delete_media(application: Application) -> int:
    media = list(application.media.filter(deleted_at=None).order_by()[:_AT_ONCE])
    for one in media:
        delete_media(media=one)
        faultpoint("clearing")
    return len(media)


def _end_sessions(application: Application) -> int:
    """What lies in the scratch folder and in the bucket of uploads that have ended."""
    stored = Exists(StoredObject.objects.filter(upload=OuterRef("pk")))
    parts = Exists(ObjectPart.objects.filter(multipart__upload=OuterRef("pk")))
    uploads = list(application.uploads.filter(stored | parts).exclude(state=UploadState.OPEN)[:_AT_ONCE])
    for upload in uploads:
        forget_objects(upload=upload)
    forget_ended()
    return len(uploads)


def _forgetting(rows: Rows) -> Callable[[Application], int]:
    return lambda application: _forget(rows(application))


def _forget(rows: QuerySet[Any]) -> int:
    """In one short transaction; what another process holds is left to it."""
    with transaction.atomic():
        mine = rows.order_by().select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
        pks = list(mine[:_AT_ONCE])
        rows.model._base_manager.filter(pk__in=pks).delete()
    return len(pks)


def _ended_tasks(application: Application) -> QuerySet[Any]:
    """One of which a job still runs waits for its end: a worker is at it."""
    runs = Exists(Job.objects.filter(task=OuterRef("pk")).exclude(state__in=ENDED))
    return application.tasks.filter(~runs)


def _done_with(application: Application) -> QuerySet[Upload]:
    """Uploads of which nothing lies in a bucket or in the scratch folder, and that no transfer writes into."""
    in_bucket = Q(state=UploadState.ABORTED) & ~Q(bucket_upload="")
    return application.uploads.exclude(Q(state=UploadState.OPEN) | in_bucket).filter(~uploads_in_use())


def _unnamed_media(application: Application) -> QuerySet[Any]:
    return application.media.exclude(deleted_at=None).filter(~media_told_of())


def _delete_files(application: Application) -> int:
    """What no row named any more: left by deaths between a row and its file."""
    if remains_of(application):
        return 0
    keys = [key for key in islice(storage().all_keys(below=str(application.app_id)), _AT_ONCE) if is_own_key(key)]
    for key in keys:
        storage().delete(key)
    return len(keys)


_STEPS: tuple[Callable[[Application], int], ...] = (
    _deafen,
    _end_uploads,
    _delete_media,
    _end_sessions,
    _forgetting(_ended_tasks),
    _forgetting(lambda application: application.batches.filter(tasks=None)),
    _forgetting(lambda application: application.jobs.filter(task=None).exclude(state=JobState.PROCESSING)),
    _forgetting(lambda application: application.pulls.exclude(status=TaskStatus.PROCESSING)),
    _forgetting(_done_with),
    _forgetting(_unnamed_media),
    _forgetting(lambda application: application.events.all()),
    _forgetting(lambda application: application.holdings.all()),
    _forgetting(lambda application: application.queue_heads.all()),
    _forgetting(lambda application: application.media_classes.all()),
    _forgetting(lambda application: application.procedures.all()),
    _forgetting(lambda application: application.templates.all()),
    _forgetting(lambda application: application.snapshot_templates.all()),
    _forgetting(lambda application: application.allowed_origins.all()),
    _forgetting(lambda application: application.access_tokens.all()),
    _forgetting(lambda application: application.api_keys.all()),
    _forgetting(lambda application: application.memberships.all()),
    _delete_files,
)
