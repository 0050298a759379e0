"""Carrying out a leased job to some end: source → the engine in its limited child → durable file → one transaction."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from animator.core.errors import EngineError, SandboxCrashed, SandboxLimitExceeded
from animator.core.result import Result
from applications.errors import NoSpace
from media_jobs.jobs import leases
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.heartbeat import Heartbeat, WorkerStopping
from media_jobs.jobs.leases import AbortRequested, Lease, LeaseLost
from media_jobs.models import AnimatedImage, Job, Media
from media_jobs.store.scratch import reserve, scratch
from media_jobs.store.storage import media_key, storage
from procedures.plan import CoverStep, PlanStep

log = logging.getLogger(__name__)

POSTPONED = timedelta(seconds=30)
_PUBLISH_PAUSE = 1.0  # seconds between two tries while the database is away


class SourceMissing(EngineError):
    code = "SourceFileError.DownloadNotAccessible"


def run(lease: Lease, *, stopping: threading.Event, limit: float | None = None) -> None:
    """Run the job, for `limit` seconds at most, and tell its row how it went; never raises.

    What can't be told now, the sweeper finds out later.
    """
    try:
        _run(lease, Heartbeat(lease, stopping=stopping, limit=limit))
    except DatabaseError as error:
        log.warning("job %s: its end can't be written, the database is away: %s", lease.job_id, error)
        connection.close()
    except Exception:
        log.exception("job %s: a fault of ours", lease.job_id)
        leases.crashed(lease, err_code="InternalError", message="Something went wrong inside. The log has the details.")


def _run(lease: Lease, heartbeat: Heartbeat) -> None:
    try:
        _make(lease, heartbeat)
    except LeaseLost:
        log.warning("job %s: lease lost, output thrown away", lease.job_id)
    except AbortRequested:
        leases.abort(lease)
    except WorkerStopping:
        leases.hand_back(lease)
    except (SandboxCrashed, SandboxLimitExceeded) as error:
        log.warning("job %s: %s", lease.job_id, error)
        _note_problem(lease, error)
        leases.crashed(lease, err_code=error.code, message=str(error))
    except EngineError as error:
        _note_problem(lease, error)
        leases.fail(lease, err_code=error.code, message=str(error))
    except (OSError, NoSpace) as error:
        log.warning("job %s postponed: %s", lease.job_id, error)
        leases.postpone(lease, delay=POSTPONED, message=f"Waiting for the machine: {error}")


def _make(lease: Lease, heartbeat: Heartbeat) -> None:
    """Raises EngineError, OSError, LeaseLost, AbortRequested, WorkerStopping; leaves no scratch file behind."""
    job = Job.objects.select_related("media", "application").get(pk=lease.job_id)
    if job.media.deleted_at:
        raise AbortRequested(str(job.pk))
    reserve(0)
    work = scratch() / lease.token.hex
    try:
        with storage().local(job.media.storage_key) as source:
            _MAKERS[Job.Kind(job.kind)](lease, job, source, work, heartbeat)
    except FileNotFoundError as error:
        if storage().exists(job.media.storage_key) or Media.objects.present().filter(pk=job.media_id).count() == 0:
            raise
        raise SourceMissing("The stored file of this media is gone. Upload it again.") from error
    finally:
        for leftover in scratch().glob(f"{lease.token.hex}*"):
            leftover.unlink(missing_ok=True)


def _animate(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    step = PlanStep.from_dict(job.plan)
    kind = step.order.spec.format
    work = work.with_suffix(f".{kind}")
    result = sandbox().animate(
        source,
        work,
        step.order,
        on_tick=heartbeat,
    )
    key = f"{job.application.app_id}/{job.media.file_id}/{lease.token.hex}/v.f{step.definition}.{kind}"
    storage().adopt(work, key)
    _publish(key, heartbeat, lambda: _publish_image(lease, job, result=result, key=key))


def _publish_image(lease: Lease, job: Job, *, result: Result, key: str) -> bool:
    """Output row, job state and task state together, or none of them (invariant I3)."""
    if not Media.objects.present().select_for_update().filter(pk=job.media_id).exists():
        return False
    output = AnimatedImage(
        application=job.application,
        media=job.media,
        job=job,
        definition=job.definition,
        storage_key=key,
        container=result.container,
        width=result.width,
        height=result.height,
        frames=result.frames,
        duration=result.duration,
        bitrate=result.bitrate,
        size=result.size,
        md5=result.md5,
        start=result.start,
        end=result.end,
        notes=list(result.notes),
        recipe=result.recipe,
        score=result.score,
    )
    return leases.succeed(lease, output=output)


def _analyse(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    poster = work.with_suffix(".jpg")
    metadata = sandbox().analyse(source, poster, on_tick=heartbeat)
    key = _adopted(poster, job) if poster.exists() else ""

    def publish() -> bool:
        media = Media.objects.present().filter(pk=job.media_id)
        if not media.update(metadata=metadata.as_dict()) or not leases.succeed(lease):
            return False
        media.filter(poster_key="").update(poster_key=key)  # a cover that came with the upload stays
        return True

    _publish(key, heartbeat, publish)
    if key and not Media.objects.filter(poster_key=key).exists():
        storage().delete(key)


def _cover(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    """A still of the asked moment becomes the media's cover; the one before stays in the task that made it."""
    step = CoverStep.from_dict(job.plan)
    still = work.with_suffix(".jpg")
    place = {"percent": step.position_value} if step.position_type == "Percent" else {"at": step.position_value}
    sandbox().still(source, still, **place, on_tick=heartbeat)
    key = _adopted(still, job)

    def publish() -> bool:
        Job.objects.filter(pk=job.pk, lease_token=lease.token).update(cover_key=key)
        present = Media.objects.present().filter(pk=job.media_id).update(poster_key=key)
        return bool(present) and leases.succeed(lease)

    _publish(key, heartbeat, publish)


def _publish(key: str, heartbeat: Heartbeat, write: Callable[[], bool]) -> None:
    """Run `write` in a transaction of its own, again while the database is away and the lease can still be held.

    Raises LeaseLost when `write` says that the job is no longer ours; the file under `key` is gone then. When it isn't
    known whether the rows were written the file stays, and the garbage collection decides.
    """
    while True:
        try:
            with transaction.atomic():
                written = write()
                transaction.set_rollback(not written)
            break
        except (OperationalError, InterfaceError):
            connection.close()
            heartbeat.check()
            time.sleep(_PUBLISH_PAUSE)
    if not written:
        storage().delete(key)
        raise LeaseLost(key)


def _adopted(picture: Path, job: Job) -> str:
    """The key under which a still is stored from now on."""
    key = media_key(app_id=job.application.app_id, file_id=job.media.file_id, extension="jpg")
    storage().adopt(picture, key)
    return key


def _note_problem(lease: Lease, error: EngineError) -> None:
    """A media that can't even be looked at says why, wherever it is shown."""
    job = Job.objects.get(pk=lease.job_id)
    if job.kind == Job.Kind.ANALYSE:
        Media.objects.filter(pk=job.media_id).update(problem=str(error)[:500])


_MAKERS = {Job.Kind.ANIMATE: _animate, Job.Kind.ANALYSE: _analyse, Job.Kind.COVER: _cover}
