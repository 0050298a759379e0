"""What becomes of a part that only the cloud makes (ZOETROPE_FAIL_UNMADE_TASKS)."""

from pathlib import Path

from animator.core.errors import ConfigurationUnsupported
from media_jobs.jobs.heartbeat import Heartbeat
from media_jobs.jobs.leases import Lease
from media_jobs.models import Job
from procedures.unmade import UnmadeStep


def refuse_unmade(lease: Lease, job: Job, source: Path, work: Path, heartbeat: Heartbeat) -> None:
    """The cloud's code for what it doesn't do (docs/protocol 2.8)."""
    task = UnmadeStep.from_dict(job.plan).task
    raise ConfigurationUnsupported(f"{task} is not something that this server does.")
