"""The end of a job's work: a durable file, and then the rows that tell of it, together or not at all (invariant I3)."""

import time
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError, connection, transaction

from media_jobs.faultpoint import faultpoint
from media_jobs.jobs.heartbeat import Heartbeat
from media_jobs.jobs.leases import LeaseLost
from media_jobs.models import Job, Media
from media_jobs.store.storage import storage

_PAUSE = 1.0  # seconds between two tries while the database is away


def publish(keys: Sequence[str], heartbeat: Heartbeat, write: Callable[[], bool]) -> None:
    """Run `write` in a transaction of its own, again while the database is away and the lease can still be held.

    Raises LeaseLost when `write` says that the job is no longer ours; the files under `keys` are gone then. When it
    isn't known whether the rows were written the files stay, and the garbage collection decides.
    """
    faultpoint("made")
    while True:
        try:
            with transaction.atomic():
                written = write()
                transaction.set_rollback(not written)
                faultpoint("publishing")
            faultpoint("published")
            break
        except (OperationalError, InterfaceError):
            connection.close()
            heartbeat.check()
            time.sleep(_PAUSE)
    if not written:
        for key in keys:
            storage().delete(key)
        raise LeaseLost(", ".join(keys))


def held_media(job: Job) -> Media | None:
    """Locked before the job is (docs/architecture.md 7), None when it was deleted: then nothing is published."""
    return Media.objects.present().select_for_update(no_key=True).filter(pk=job.media_id).first()
