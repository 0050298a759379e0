"""Consumers of the reliable queue that are killed at random lose nothing; and how quickly four of them drain it.

QUEUE_EVENTS=100000 QUEUE_INVISIBLE=30 asks for the full run (a few minutes); DATABASE_URL for another database.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import quantiles

import pytest
from django.db import connection

from applications.models import Application
from media_jobs.events.services import modify_event_config, open_events, send_test_event
from media_jobs.models import Event
from tests.faults.processes import Killable, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800), pytest.mark.xdist_group("faults")]

EVENTS = int(os.environ.get("QUEUE_EVENTS", "2000"))
INVISIBLE = float(os.environ.get("QUEUE_INVISIBLE", "2"))
KILL_SECONDS = 1 if EVENTS < 10_000 else 4  # between two kills: a process takes a moment to start again
SEED = 20261122


@pytest.fixture
def queue(application: Application) -> Application:
    """Full of events of the size that task flows have."""
    modify_event_config(application=application, fields={"mode": "PULL"})
    sample = send_test_event(application=application, type="ProcedureStateChanged")
    events = (
        Event(application=application, type=sample.type, subject=f"t{n}", transition="ended", content=sample.content)
        for n in range(EVENTS - 1)
    )
    Event.objects.bulk_create(events, batch_size=1000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE media_jobs_event")
    return application


@contextmanager
def pullers(
    application: Application, folder: Path, *, count: int, work: float = 0.0, invisible: float = INVISIBLE
) -> Iterator[list[Killable]]:
    """Each writes its log to `folder`; `work` is what it does with a batch, in seconds. None outlives the test."""
    started = []
    try:
        for number in range(count):
            command = (
                "-m",
                "tests.faults.puller",
                str(application.app_id),
                str(folder / f"puller-{number}"),
                str(work),
            )
            started.append(Killable(*command, environment=environment(event_invisible_seconds=str(invisible))))
        yield started
    finally:
        for process in started:
            process.kill()


def deliveries(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """By event: when each hand-out of it was asked for and came, oldest first. A line that a kill cut short is none."""
    found: dict[str, list[tuple[float, float]]] = {}
    for log in folder.glob("puller-*"):
        for line in log.read_text().splitlines():
            if line.endswith(" ."):
                uid, before, after, _ = line.split()
                found.setdefault(uid, []).append((float(before), float(after)))
    return {uid: sorted(times) for uid, times in found.items()}


def test_eight_pullers_killed_at_random_lose_nothing_and_see_nothing_too_early(
    queue: Application, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    kills = 0
    with pullers(queue, tmp_path, count=8, work=600 / EVENTS) as processes:
        while open_events(queue).exists():
            time.sleep(chance.uniform(0.5, 1.5) * KILL_SECONDS)
            victim = chance.choice(processes)
            victim.kill()
            victim.start()
            kills += 1
        for process in processes:
            process.wait()
    handed_out = deliveries(tmp_path)
    uids = {uid.hex for uid in queue.events.values_list("uid", flat=True)}
    assert not queue.events.filter(settled_at=None).exists()
    # What was killed between the hand-out and its line in the log was handed out all the same, so it may be missing
    # from the log, but only if a later hand-out is not.
    assert set(handed_out) == uids
    again = [times for times in handed_out.values() if len(times) > 1]
    gaps = [later[1] - earlier[0] for times in again for earlier, later in pairwise(times)]
    print(f"{connection.vendor}: {EVENTS} events, {kills} kills: lost 0, handed out again {len(again)}", end="")
    print(f", the soonest after {min(gaps, default=0):.1f} s")
    assert all(gap >= INVISIBLE for gap in gaps)
    assert kills >= 5


def test_four_pullers_drain_the_queue(queue: Application, tmp_path: Path) -> None:
    began, cpu_before = time.monotonic(), getrusage(RUSAGE_CHILDREN)
    with pullers(queue, tmp_path, count=4, invisible=60) as processes:
        for process in processes:
            process.wait()
    handed_out = deliveries(tmp_path)
    assert len(handed_out) == EVENTS
    assert all(len(times) == 1 for times in handed_out.values())
    calls = {times[0] for times in handed_out.values()}
    seconds = max(after for _, after in calls) - min(before for before, _ in calls)
    waits = sorted(after - before for before, after in calls)
    print(f"{connection.vendor}: {EVENTS / seconds:.0f} events/s with 4 pullers ({seconds:.1f} s); PullEvents", end="")
    cpu_after = getrusage(RUSAGE_CHILDREN)
    cpu = cpu_after.ru_utime + cpu_after.ru_stime - cpu_before.ru_utime - cpu_before.ru_stime
    print(f" {1000 * cpu / EVENTS:.2f} ms of the pullers' CPU an event,", end="")
    print(f" p50 {quantiles(waits, n=20)[9] * 1000:.1f} ms, p95 {quantiles(waits, n=20)[18] * 1000:.1f} ms")
    assert time.monotonic() - began < 60 + EVENTS / 200
