"""Permits that were lost, with a broker that was wiped or a worker that died, are issued again."""

from collections.abc import Sequence

from media_jobs.doorbell import PULL, depths, issue_permits, kinds_of, queue_of
from media_jobs.jobs.leases import claimable
from media_jobs.models import Job
from media_jobs.pulls.leases import claimable_pulls

MOST = 1000  # permits of a queue at a time
DEEP = 10_000  # with so many in a queue nobody will be short of one until the next time: counting further costs more


def top_up(*, issuing: bool) -> None:
    """Ask the broker how many permits wait, and if `issuing`, add those that are missing for what waits in the rows.

    Some may be in workers' hands already: the surplus finds nothing to do.
    """
    waiting = depths({queue_of(kind) for kind in (*Job.Kind.values, PULL)})
    for queue, depth in (waiting or {}).items():
        if issuing and depth < DEEP:
            _fill(queue, depth=depth)


def _fill(queue: str, *, depth: int) -> None:
    for kind in kinds_of(queue):
        ready = _ready(kind, limit=depth + MOST)
        issue_permits(kind, ready[depth:])
        depth = max(0, depth - len(ready))


def _ready(kind: str, *, limit: int) -> Sequence[object]:
    """The ids of what may begin, as a permit for it would show them; at most `limit`."""
    if kind == PULL:
        return list(claimable_pulls().values_list("task_id", flat=True)[:limit])
    return list(claimable([kind]).order_by().values_list("pk", flat=True)[:limit])
