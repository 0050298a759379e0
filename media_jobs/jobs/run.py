"""Carrying out a leased job to some end: source → the engine in its limited child → durable file → one transaction."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from animator.core.errors import EngineError, SandboxCrashed, SandboxKilled, SandboxLimitExceeded, SandboxLost
from applications.errors import NoSpace
from applications.measures import encoded_pixels, encoding_seconds, job_seconds
from applications.tracing import marked
from media_jobs import holdings
from media_jobs.jobs import leases
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.heartbeat import Heartbeat, WorkerStopping
from media_jobs.jobs.leases import AbortRequested, Lease, LeaseLost
from media_jobs.jobs.memory import room
from media_jobs.jobs.publishing import held_media, publish
from media_jobs.jobs.recipes import FACTS, Facts, keys_of, made, missing_of, recipe_key, reuse, sibling_key
from media_jobs.jobs.snapshots import make_snapshots
from media_jobs.jobs.sources import digest_of, missing, source_of
from media_jobs.jobs.unmade import refuse_unmade
from media_jobs.models import AnimatedImage, Job, Media, Sibling
from media_jobs.store.scratch import reserve, scratch
from media_jobs.store.storage import media_key, storage
from procedures.plan import CoverStep, PlanStep

log = logging.getLogger(__name__)

POSTPONED = timedelta(seconds=30)
RECOVERY = timedelta(seconds=5)  # until a machine that killed or lost a process of ours may have room again


def run(lease: Lease, *, stopping: threading.Event, limit: float | None = None) -> None:
    """Run the job, for `limit` seconds at most, and tell its row how it went; never raises.

    What can't be told now, the sweeper finds out later.
    """
    try:
        with marked(job=str(lease.job_id)):
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
    except SandboxKilled as error:
        _killed(lease, error)
    except SandboxLost as error:
        log.warning("job %s: %s It is tried again.", lease.job_id, error)
        leases.try_again(lease, delay=RECOVERY, message=str(error))
    except EngineError as error:
        _note_problem(lease, error)
        leases.fail(lease, err_code=error.code, message=str(error))
    except (OSError, NoSpace) as error:
        log.warning("job %s postponed: %s", lease.job_id, error)
        leases.postpone(lease, delay=POSTPONED, message=f"Waiting for the machine: {_said(error)}")


def _said(error: OSError | NoSpace) -> str:
    """Without the paths of the server's folders: whose job it is reads it."""
    return str(error) if isinstance(error, NoSpace) else f"{error.strerror or 'a file could not be read or written'}."


def _killed(lease: Lease, error: SandboxKilled) -> None:
    """Among others the job needn't be to blame: it gets another try, alone. Killed alone, it counts as crashed."""
    log.warning("job %s: %s", lease.job_id, error)
    if room.ran_short():
        leases.crashed(lease, err_code=error.code, message=str(error))
    else:
        leases.try_again(lease, delay=RECOVERY, message=str(error))


def _make(lease: Lease, heartbeat: Heartbeat) -> None:
    """Raises EngineError, OSError, LeaseLost, AbortRequested, WorkerStopping; leaves no scratch file behind."""
    job = Job.objects.select_related("media", "application").get(pk=lease.job_id)
    called_off = job.task_id is not None and job.application.is_terminated
    if called_off or not _has_its_media(job):
        raise AbortRequested(str(job.pk))
    reserve(0)
    work = scratch() / lease.token.hex
    try:
        with _timed(job.kind), _of_a_media(job):
            if job.kind == Job.Kind.ANIMATE:
                return _animate(lease, job, work, heartbeat)
            with source_of(job.media, alive=heartbeat.alive) as source:
                _MAKERS[Job.Kind(job.kind)](lease, job, source, work, heartbeat)
    finally:
        for leftover in scratch().glob(f"{lease.token.hex}*"):
            leftover.unlink(missing_ok=True)


@contextmanager
def _of_a_media(job: Job) -> Iterator[None]:
    """What fails because its media was deleted meanwhile is called off, and a source that is nowhere is missing.

    The file may go at any moment, also when the child is about to open it: then it is the engine that finds none.
    """
    try:
        yield
    except (EngineError, FileNotFoundError) as error:
        if not _has_its_media(job):
            raise AbortRequested(str(job.pk)) from error
        if isinstance(error, EngineError) or storage().exists(job.media.storage_key):
            raise
        raise missing(job.media_id) from error


def _has_its_media(job: Job) -> bool:
    return Media.objects.present().filter(pk=job.media_id).exists()


@contextmanager
def _timed(kind: str) -> Iterator[None]:
    """Counts the turn, by how it ended: "made", or what stood in the way."""
    began, end = time.monotonic(), "made"
    try:
        yield
    except BaseException as error:
        end = next((name for name, kinds in _ENDS.items() if isinstance(error, kinds)), "fault")
        raise
    finally:
        job_seconds.labels(kind, end).observe(time.monotonic() - began)


def _key(lease: Lease, job: Job, step: PlanStep) -> str:
    kind = step.order.spec.format
    return f"{job.application.app_id}/{job.media.file_id}/{lease.token.hex}/v.f{step.definition}.{kind}"


def _animate(lease: Lease, job: Job, work: Path, heartbeat: Heartbeat) -> None:
    """What was made before is taken over; the rest is made, and the source is opened for that alone."""
    media, step, alive = job.media, PlanStep.from_dict(job.plan), heartbeat.alive
    if not media.sha256 and media.size <= settings.ZOETROPE_CHECK_BYTES:  # nobody has looked at it yet
        with source_of(media, alive=alive) as source:
            media.sha256 = digest_of(media, source, alive=alive)
    order, key = step.order, _key(lease, job, step)
    facts = found = reuse(job.application, recipe_key(media, order), order, key=key, alive=alive)
    began = time.monotonic()
    if facts is None or missing_of(facts, order):
        with source_of(media, alive=alive) as source:
            picture = work.with_suffix(f".{order.spec.format}")
            facts = made(source, picture, order, key=key, found=found, on_tick=heartbeat, alive=alive)
    write = partial(_publish_image, lease, job, facts, key=key, made_before=found is not None)
    publish(keys_of(key, facts), heartbeat, write)
    if found is None:
        encoding_seconds.labels(order.spec.format).inc(time.monotonic() - began)
        encoded_pixels.labels(order.spec.format).inc(facts["width"] * facts["height"] * facts["frames"])


def _publish_image(lease: Lease, job: Job, facts: Facts, *, key: str, made_before: bool) -> bool:
    """Output row, job state and task state together, or none of them (invariant I3)."""
    media = held_media(job)
    if media is None:
        return False
    media.sha256 = media.sha256 or job.media.sha256
    output = AnimatedImage(
        application=job.application,
        media=media,
        job=job,
        definition=job.definition,
        storage_key=key,
        recipe_key=recipe_key(media, PlanStep.from_dict(job.plan).order),
        made_before=made_before,
        **{name: facts[name] for name in FACTS},
    )
    if not leases.succeed(lease, output=output):
        return False
    of_image = {"image": output, "application": job.application, "media": media}
    beside = [Sibling(**of_image, storage_key=sibling_key(key, one["kind"]), **one) for one in facts["siblings"]]
    if beside:
        Sibling.objects.bulk_create(beside)
        holdings.took_in(beside)
    return True


def _analyse(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    poster = work.with_suffix(".jpg")
    sha256 = digest_of(job.media, source, alive=heartbeat.alive)
    metadata = sandbox().analyse(source, poster, on_tick=heartbeat)
    key = _adopted(poster, job, heartbeat) if poster.exists() else ""

    def write() -> bool:
        media = held_media(job)
        if media is None or not leases.succeed(lease):
            return False
        media.metadata, media.poster_key = metadata.as_dict(), media.poster_key or key  # a cover that came along stays
        media.sha256 = sha256
        media.save(update_fields=["metadata", "poster_key", "sha256", "updated_at"])
        return True

    publish([key] if key else [], heartbeat, write)
    if key and not Media.objects.filter(pk=job.media_id, poster_key=key).exists():
        storage().delete(key)


def _cover(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    """A still of the asked moment becomes the media's cover; the one before stays in the task that made it."""
    step = CoverStep.from_dict(job.plan)
    still = work.with_suffix(".jpg")
    place = {"percent": step.position_value} if step.position_type == "Percent" else {"at": step.position_value}
    sandbox().still(source, still, **place, on_tick=heartbeat)
    key = _adopted(still, job, heartbeat)

    def write() -> bool:
        media = held_media(job)
        if media is None:
            return False
        Job.objects.filter(pk=job.pk, lease_token=lease.token).update(cover_key=key)
        Media.objects.filter(pk=media.pk).update(poster_key=key)
        return leases.succeed(lease)

    publish([key], heartbeat, write)


def _adopted(picture: Path, job: Job, heartbeat: Heartbeat) -> str:
    """The key under which a still is stored from now on."""
    key = media_key(app_id=job.application.app_id, file_id=job.media.file_id, extension="jpg")
    storage().adopt(picture, key, alive=heartbeat.alive)
    return key


def _note_problem(lease: Lease, error: EngineError) -> None:
    """A media that can't even be looked at says why, wherever it is shown; not if somebody else has the job by now."""
    mine = Job.objects.filter(pk=lease.job_id, lease_token=lease.token, kind=Job.Kind.ANALYSE)
    Media.objects.filter(pk__in=mine.values("media_id")).update(problem=str(error)[:500])


# How a turn is counted that ended by such an error; the first that fits.
_ENDS: dict[str, tuple[type[BaseException], ...]] = {
    "lost": (LeaseLost,),
    "cancelled": (AbortRequested,),
    "handed back": (WorkerStopping,),
    "crashed": (SandboxCrashed, SandboxLimitExceeded, SandboxKilled, SandboxLost),
    "failed": (EngineError,),
    "postponed": (OSError, NoSpace),
}
_MAKERS = {
    Job.Kind.ANALYSE: _analyse,
    Job.Kind.COVER: _cover,
    Job.Kind.SNAPSHOT: make_snapshots,
    Job.Kind.UNMADE: refuse_unmade,
}
