"""Figures of all hosts together, for /metrics and `manage.py doctor`: each a few rows of an index, whatever there is.

What could be many is counted to MANY and no further.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from media_jobs.doorbell import DELIVER, PULL, depths, kinds_of
from media_jobs.jobs.leases import claimable
from media_jobs.jobs.selectors import live_workers
from media_jobs.models import Chore, Event, EventConfig, Job, PullTask, QueueHead, Upload
from media_jobs.pulls.leases import claimable_pulls
from media_jobs.states import JobState, TaskStatus, UploadState
from media_jobs.store.scratch import scratch

MANY = 10_000


Figure = GaugeMetricFamily


def figures() -> Iterator[Figure]:
    """Raises DatabaseError."""
    yield from _queues()
    yield from _jobs()
    yield from _events()
    yield from _stores()
    yield from _maintenance()


def served_queues() -> set[str]:
    """The queues that a live worker takes from."""
    return set(_takers())


def unserved_queues() -> list[str]:
    """Those with work for the product that no live worker takes from; what is called by hand counts not."""
    wanted = (*Job.Kind.values, PULL, DELIVER)
    named = dict.fromkeys(settings.ZOETROPE_QUEUES[kind] for kind in wanted)
    served = served_queues()
    return [queue for queue in named if queue not in served]


def _takers() -> Counter[str]:
    """How many live workers take from each queue; one of a release before 0.3 doesn't say, and counts for all."""
    every = set(settings.ZOETROPE_QUEUES.values())
    told = live_workers().values_list("queues", flat=True)
    return Counter(queue for names in told for queue in (names.split(",") if names else every))


def up_to_many(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MANY].count()


def _queues() -> Iterator[Figure]:
    ready = Figure("zoetrope_queue_ready", f"What may begin now, counted to {MANY}", labels=["queue"])
    age = Figure("zoetrope_queue_age_seconds", "How long the first in turn of each application waits", labels=["queue"])
    workers = Figure("zoetrope_queue_workers", "Live workers that take from it", labels=["queue"])
    takers = _takers()
    for queue in dict.fromkeys(settings.ZOETROPE_QUEUES.values()):
        ready.add_metric([queue], _ready(queue))
        age.add_metric([queue], _age(queue))
        workers.add_metric([queue], takers[queue])
    yield from (ready, age, workers)
    broker = Figure("zoetrope_broker_messages", "Permits that wait in the broker", labels=["queue"])
    found = depths(set(settings.ZOETROPE_QUEUES.values()))
    for queue, depth in (found or {}).items():
        broker.add_metric([queue], depth)
    yield from (broker, Figure("zoetrope_broker_up", "Whether the broker answered", value=int(found is not None)))


def _ready(queue: str) -> int:
    kinds = kinds_of(queue)
    jobs = [kind for kind in kinds if kind in Job.Kind.values]
    pulls = up_to_many(claimable_pulls()) if PULL in kinds else 0
    return pulls + (up_to_many(claimable(jobs)) if jobs else 0)


def _age(queue: str) -> float:
    kinds = kinds_of(queue)
    oldest = QueueHead.objects.filter(kind__in=kinds).aggregate(at=Min("since"))["at"]
    if PULL in kinds:
        waiting = PullTask.objects.filter(status=TaskStatus.WAITING, not_before__lte=Now()).order_by("not_before")
        oldest = waiting.values_list("not_before", flat=True).first()
    return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0


def _jobs() -> Iterator[Figure]:
    states = Figure("zoetrope_jobs", f"Jobs that haven't ended, counted to {MANY}", labels=["state"])
    running = Job.objects.filter(state=JobState.PROCESSING)
    waiting = Job.objects.filter(state=JobState.WAITING)
    states.add_metric(["ready"], up_to_many(waiting.filter(postponed=False)))
    states.add_metric(["postponed"], up_to_many(waiting.filter(postponed=True)))
    states.add_metric(["running"], up_to_many(running))
    lost = up_to_many(running.filter(lease_until__lt=Now()))
    pulls = Figure("zoetrope_transfers", f"Pulls that haven't ended, counted to {MANY}", labels=["state"])
    for label, status in (("waiting", TaskStatus.WAITING), ("running", TaskStatus.PROCESSING)):
        pulls.add_metric([label], up_to_many(PullTask.objects.filter(status=status)))
    uploads = up_to_many(Upload.objects.filter(state=UploadState.OPEN))
    yield from (
        states,
        Figure("zoetrope_leases_run_out", "Running jobs whose worker fell silent, until they are swept", value=lost),
        pulls,
        Figure("zoetrope_uploads_open", f"Uploads under way, counted to {MANY}", value=uploads),
    )


def _events() -> Iterator[Figure]:
    open_events = Event.objects.filter(settled_at=None)
    told = Figure("zoetrope_events", f"Events that no receiver has had, counted to {MANY}", labels=["state"])
    told.add_metric(["due"], up_to_many(open_events.filter(next_at__lte=Now())))
    told.add_metric(["later"], up_to_many(open_events.filter(next_at__gt=Now())))
    told.add_metric(["given up"], up_to_many(open_events.filter(next_at=None)))
    configs = EventConfig.objects.all()
    ways = Figure("zoetrope_endpoints", "Receivers that get nothing now", labels=["state"])
    ways.add_metric(["paused"], up_to_many(configs.filter(paused_until__gt=Now())))
    ways.add_metric(["switched off"], up_to_many(configs.exclude(disabled_at=None)))
    yield from (told, ways)


def _stores() -> Iterator[Figure]:
    usage = shutil.disk_usage(scratch())
    yield Figure("zoetrope_disk_free_bytes", "Of the disk that uploads gather on", value=usage.free)
    yield Figure("zoetrope_disk_bytes", "Its size", value=usage.total)
    yield Figure("zoetrope_database_bytes", "What the database takes", value=database_bytes())
    if settings.EMBEDDED_BROKER:
        yield Figure("zoetrope_broker_bytes", "The embedded broker's file", value=_with_log(settings.BROKER_URL))


def database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        ((size,),) = cursor.fetchall()
        return int(size)


def _with_log(url: str) -> int:
    path = Path(urlsplit(url).path)
    both = (path, path.with_name(f"{path.name}-wal"))
    return sum(one.stat().st_size for one in both if one.exists())


def _maintenance() -> Iterator[Figure]:
    since = Figure("zoetrope_chore_age_seconds", "Since it was last done", labels=["chore"])
    broken = Figure("zoetrope_chore_broken", "Whether it broke off the last time", labels=["chore"])
    for chore in Chore.objects.filter(~Q(done_at=None)):
        assert chore.done_at
        since.add_metric([chore.name], max(0.0, (timezone.now() - chore.done_at).total_seconds()))
        broken.add_metric([chore.name], int(bool(chore.problem)))
    yield from (since, broken)
