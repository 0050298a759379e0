"""Carrying out a leased job: source bytes → the engine in its limited child → durable file → one publishing transaction."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from animator.errors import EngineError, SandboxCrashed, SandboxLimitExceeded
from animator.limits import Limits
from animator.result import Result
from animator.sandbox import Sandbox
from django.conf import settings
from django.db import DatabaseError, transaction

from applications.errors import NoSpace
from media_jobs import leases
from media_jobs.leases import AbortRequested, Lease, LeaseLost
from media_jobs.models import AnimatedImage, Job, Media
from media_jobs.storage import media_key, reserve, scratch, storage
from procedures.covers import CoverStep
from procedures.plan import PlanStep

log = logging.getLogger(__name__)

POSTPONED = timedelta(seconds=30)
POSTER_EDGE = 640


class WorkerStopping(Exception):
    """The worker is told to stop and its grace is over: the job goes back to the queue."""


def execute(lease: Lease, *, stopping: threading.Event) -> None:
    """Run the job to an end, whatever happens; never raises."""
    try:
        _run(lease, on_tick=_heartbeat(lease, stopping=stopping))
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
    except (OSError, DatabaseError, NoSpace) as error:
        log.warning("job %s postponed: %s", lease.job_id, error)
        leases.postpone(lease, delay=POSTPONED)
    except Exception:
        log.exception("job %s: a fault of ours", lease.job_id)
        leases.crashed(lease, err_code="InternalError", message="Something went wrong inside. The log has the details.")


@cache
def sandbox() -> Sandbox:
    """One a process; its warm child server starts with the first job."""
    return Sandbox(limits=limits())


def limits() -> Limits:
    return replace(
        Limits(),
        max_seconds=settings.ZOETROPE_MAX_SEGMENT_SECONDS,
        max_frames=settings.ZOETROPE_MAX_FRAMES,
        max_output_pixels=settings.ZOETROPE_MAX_OUTPUT_PIXELS,
        max_source_width=settings.ZOETROPE_MAX_SOURCE_WIDTH,
        max_source_height=settings.ZOETROPE_MAX_SOURCE_HEIGHT,
    )


def _run(lease: Lease, *, on_tick: Callable[[float], None]) -> None:
    job = Job.objects.select_related("media", "application").get(pk=lease.job_id)
    if job.media.deleted_at:
        raise AbortRequested(str(job.pk))
    work = scratch() / lease.token.hex
    try:
        with storage().local(job.media.storage_key) as source:
            if job.kind == Job.Kind.ANALYSE:
                _analyse(lease, job, source=source, work=work.with_suffix(".jpg"), on_tick=on_tick)
            elif job.kind == Job.Kind.COVER:
                _cover(lease, job, source=source, work=work.with_suffix(".jpg"), on_tick=on_tick)
            else:
                _animate(lease, job, source=source, work=work, on_tick=on_tick)
    finally:
        for leftover in scratch().glob(f"{lease.token.hex}*"):
            leftover.unlink(missing_ok=True)


def _animate(lease: Lease, job: Job, *, source: Path, work: Path, on_tick: Callable[[float], None]) -> None:
    step = PlanStep.from_dict(job.plan)
    reserve(0)
    work = work.with_suffix(f".{step.spec.format}")
    result = sandbox().animate(
        source,
        work,
        step.spec,
        start=step.start,
        end=step.end,
        on_tick=on_tick,
        tick_seconds=settings.ZOETROPE_HEARTBEAT_SECONDS,
    )
    key = f"{job.application.app_id}/{job.media.file_id}/{lease.token.hex}/v.f{step.definition}.{step.spec.format}"
    storage().adopt(work, key)
    if not _publish(lease, job, result=result, key=key):
        storage().delete(key)
        raise LeaseLost(str(lease.job_id))


@transaction.atomic
def _publish(lease: Lease, job: Job, *, result: Result, key: str) -> bool:
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
    )
    return leases.succeed(lease, output=output)


def _analyse(lease: Lease, job: Job, *, source: Path, work: Path, on_tick: Callable[[float], None]) -> None:
    metadata = sandbox().analyse(source, work, on_tick=on_tick, tick_seconds=settings.ZOETROPE_HEARTBEAT_SECONDS)
    key = _adopted(work, job) if work.exists() else ""
    with transaction.atomic():
        succeeded = leases.succeed(lease)
        media = Media.objects.present().filter(pk=job.media_id)
        if succeeded:
            media.update(metadata=metadata.as_dict())
        # a cover that came with the upload, or was made meanwhile, stays
        used = succeeded and media.filter(poster_key="").update(poster_key=key)
    if key and not used:
        storage().delete(key)


def _cover(lease: Lease, job: Job, *, source: Path, work: Path, on_tick: Callable[[float], None]) -> None:
    """A still at the asked moment becomes the media's cover; what was the cover before stays in the task that made it."""
    step = CoverStep.from_dict(job.plan)
    place = {"percent": step.position_value} if step.position_type == "Percent" else {"at": step.position_value}
    sandbox().still(source, work, **place, on_tick=on_tick, tick_seconds=settings.ZOETROPE_HEARTBEAT_SECONDS)
    key = _adopted(work, job)
    with transaction.atomic():
        Job.objects.filter(pk=job.pk, lease_token=lease.token).update(cover_key=key)
        present = Media.objects.present().filter(pk=job.media_id).update(poster_key=key)
        published = bool(present) and leases.succeed(lease)
        transaction.set_rollback(not published)
    if not published:
        storage().delete(key)
        raise LeaseLost(str(lease.job_id))


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


def _heartbeat(lease: Lease, *, stopping: threading.Event) -> Callable[[float], None]:
    """Renews the lease at most once a second, and gives a running job its grace when the worker must stop."""
    renewed = 0.0
    stop_at = float("inf")

    def beat(progress: float) -> None:
        nonlocal renewed, stop_at
        now = time.monotonic()
        if stopping.is_set():
            stop_at = min(stop_at, now + settings.ZOETROPE_STOP_GRACE_SECONDS)
        if now >= stop_at:
            raise WorkerStopping
        if now - renewed >= 1.0:
            leases.renew(lease, progress=min(99, int(progress * 100)))
            renewed = now

    return beat
