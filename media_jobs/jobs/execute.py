"""Carrying out a leased job to some end, whatever happens meanwhile."""

import logging
import threading
from datetime import timedelta

from django.db import DatabaseError, connection

from animator.core.errors import EngineError, SandboxCrashed, SandboxLimitExceeded
from applications.errors import NoSpace
from media_jobs.jobs import leases
from media_jobs.jobs.heartbeat import Heartbeat, WorkerStopping
from media_jobs.jobs.leases import AbortRequested, Lease, LeaseLost
from media_jobs.jobs.run import run
from media_jobs.models import Job, Media

log = logging.getLogger(__name__)

POSTPONED = timedelta(seconds=30)


def execute(lease: Lease, *, stopping: threading.Event, limit: float | None = None) -> None:
    """Run the job, for `limit` seconds at most, and tell its row how it went; never raises.

    What can't be told now, the sweeper finds out later.
    """
    try:
        _execute(lease, Heartbeat(lease, stopping=stopping, limit=limit))
    except DatabaseError as error:
        log.warning("job %s: its end can't be written, the database is away: %s", lease.job_id, error)
        connection.close()
    except Exception:
        log.exception("job %s: a fault of ours", lease.job_id)
        leases.crashed(lease, err_code="InternalError", message="Something went wrong inside. The log has the details.")


def _execute(lease: Lease, heartbeat: Heartbeat) -> None:
    try:
        run(lease, heartbeat)
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


def _note_problem(lease: Lease, error: EngineError) -> None:
    """A media that can't even be looked at says why, wherever it is shown."""
    job = Job.objects.get(pk=lease.job_id)
    if job.kind == Job.Kind.ANALYSE:
        Media.objects.filter(pk=job.media_id).update(problem=str(error)[:500])
