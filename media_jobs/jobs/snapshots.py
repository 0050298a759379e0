"""Making the snapshots of a job: one order, one stored file, one row."""

from pathlib import Path

from media_jobs.jobs import leases
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.heartbeat import Heartbeat
from media_jobs.jobs.leases import Lease
from media_jobs.jobs.publishing import held_media, publish
from media_jobs.models import Job, SnapshotSet
from media_jobs.models.snapshots import STORED
from media_jobs.store.digest import hex_digest
from media_jobs.store.storage import storage
from procedures.snapshots import SnapshotStep


def make_snapshots(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    step = SnapshotStep.from_dict(job.plan)
    bundle = work.with_suffix(f".{STORED}")
    made = sandbox().stills(source, bundle, step.order, on_tick=heartbeat)
    with bundle.open("rb") as file:
        md5 = hex_digest(file, algorithm="md5", alive=heartbeat.alive)
    key = f"{job.application.app_id}/{job.media.file_id}/{lease.token.hex}/v.f{step.definition}.{STORED}"
    output = SnapshotSet(
        application=job.application,
        media=job.media,
        job=job,
        kind=step.kind,
        definition=step.definition,
        storage_key=key,
        container=step.order.format,
        width=made.width,
        height=made.height,
        duration=made.duration,
        every=step.order.every,
        rows=step.order.rows,
        columns=step.order.columns,
        moments=list(made.moments),
        spans=[list(span) for span in made.spans],
        size=bundle.stat().st_size,
        md5=md5,
        notes=list(made.notes),
    )
    storage().adopt(bundle, key, alive=heartbeat.alive)
    publish([key], heartbeat, lambda: held_media(job) is not None and leases.succeed(lease, output=output))
