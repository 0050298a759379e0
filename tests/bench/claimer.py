"""One process that claims and ends jobs, for claims.py: `python -m tests.bench.claimer fill|claim|turns …`.

DATABASE_URL says where. Prints one line of JSON at the end; `turns` first says that it is ready and waits for a line.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import django
from django.db import connection
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from applications.models import Application  # noqa: E402
from media_jobs.jobs import leases, queue  # noqa: E402
from media_jobs.models import Job, Media  # noqa: E402

JOBS_A_TASK = 10
WORKER = "bench"
T = TypeVar("T")

_SERIES = {
    "postgresql": "(SELECT generate_series(0, {last}) AS n) AS series",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"
    " AS series",
}
_AGO = {
    "postgresql": "now() - interval '1 second' * ({seconds})",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', -({seconds}) || ' seconds')",
}
_UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
_TASKS = """
INSERT INTO media_jobs_proceduretask (application_id, media_id, task_id, procedure, status, priority, notify_mode,
    session_id, session_context, created_at)
SELECT media.application_id, media.id, media.file_id || '-' || n, '', 'WAITING', n % 3, '', '', '', {ago}
FROM media_jobs_media AS media CROSS JOIN {series}
"""
_JOBS = """
INSERT INTO media_jobs_job (id, application_id, media_id, task_id, kind, position, definition, plan, cover_key,
    priority, state, progress, abort_requested, worker, attempts, crashes, not_before, err_code, message, created_at)
SELECT {uuid}, task.application_id, task.media_id, task.id, 'animate', n, 20001, '{{"start": 0, "end": 3}}', '',
    task.priority, 'WAITING', 0, FALSE, '', 0, 0, task.created_at, '', '', task.created_at
FROM media_jobs_proceduretask AS task CROSS JOIN {series}
"""


def fill(applications: int, jobs: int) -> None:
    """So many jobs that wait for each application, ten a task, of three priorities."""
    tenants = Application.objects.bulk_create(Application(app_id=n, name=f"Number {n}") for n in range(applications))
    Media.objects.bulk_create(
        Media(application=tenant, file_id=str(tenant.app_id), name="a", media_type="mp4", size=1, storage_key=str(n))
        for n, tenant in enumerate(tenants)
    )
    tasks, vendor = jobs // JOBS_A_TASK, connection.vendor
    ago = _AGO[vendor].format(seconds=f"({tasks} - n) * 60 + media.application_id % 60")
    with connection.cursor() as cursor:
        cursor.execute(_TASKS.format(ago=ago, series=_SERIES[vendor].format(last=tasks - 1)))
        cursor.execute(_JOBS.format(uuid=_UUID[vendor], series=_SERIES[vendor].format(last=JOBS_A_TASK - 1)))
    queue.refill(Job.Kind.values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def claim(number: int) -> dict[str, float]:
    """Seconds: of a claim (median, 95th percentile, and this process's time on the processor), of an end (median)
    and of the smallest commit that the disk is waited for (median)."""
    _warm()
    claims, ends, began = [], [], 0.0
    for _ in range(number):
        cpu = time.process_time()
        seconds, lease = _timed(lambda: leases.claim(worker=WORKER))
        began += time.process_time() - cpu
        claims.append(seconds)
        assert lease
        ends.append(_timed(lambda lease=lease: leases.succeed(lease))[0])  # type: ignore[misc]
    some = Application.objects.filter(app_id=0)
    commits = [_timed(lambda number=number: some.update(name=f"{number}"))[0] for number in range(50)]  # type: ignore[misc]
    return {
        "median": statistics.median(claims),
        "p95": statistics.quantiles(claims, n=20)[-1],
        "cpu": began / number,
        "end": statistics.median(ends),
        "commit": statistics.median(commits),
    }


def turns(seconds: int) -> dict[str, float]:
    """How many jobs this process claimed and ended in that time, and its time on the processor."""
    _warm()
    print("ready", flush=True)
    sys.stdin.readline()
    until, count, cpu = time.monotonic() + seconds, 0, time.process_time()
    while time.monotonic() < until:
        _turn()
        count += 1
    return {"count": count, "cpu": time.process_time() - cpu}


def _warm() -> None:
    """What each process pays once: a claim, an end, and all addresses, which the end of a task tells."""
    reverse("media", args=["x"])
    _turn()


def _turn() -> None:
    lease = leases.claim(worker=WORKER)
    assert lease
    assert leases.succeed(lease)


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def main() -> None:
    command, *numbers = sys.argv[1:]
    commands: dict[str, Callable[..., object]] = {"fill": fill, "claim": claim, "turns": turns}
    print(json.dumps(commands[command](*map(int, numbers))), flush=True)


if __name__ == "__main__":
    main()
