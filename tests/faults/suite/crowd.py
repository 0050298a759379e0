"""F12 and others with a thousand tiny jobs in the queue, each of other seconds, so that none was made before."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

from tests.faults.suite.surroundings import database_gone, next_end, wipe_broker
from tests.faults.suite.world import QUIET, Figures, World
from tests.unit.animator.clips import Clip, render

IN_A_TASK = 10
_PAUSE = 3.0  # seconds of undisturbed work between two faults
_SECONDS_A_JOB = 0.5  # at most, on a machine that others use as well


def wiped(world: World, n: int) -> Figures:
    """F12: the broker forgets everything while n jobs wait. The recovery is the longest pause between two ends."""
    figures = world.begin(f"F12 broker wiped, {n:,} jobs queued")
    before, jobs = _made(world), _queue(world, n)
    waiting, began, moment = world.open_jobs(), time.monotonic(), datetime.now(UTC)
    _replace_broker(world)
    figures.n = 1
    figures.note = f"{waiting:,} waited when it was wiped"
    _settled(world, figures, jobs=jobs, before=before, since=began)
    figures.recoveries.append(_longest_pause(world, since=moment))
    return figures


def mixed(world: World, n: int) -> Figures:
    """F1, F4, F11 and F12 in any order, as long as some of n jobs wait."""
    figures = world.begin(f"F12 mixed with F1, F4, F11, {n:,} jobs queued")
    before, jobs = _made(world), _queue(world, n)
    start = time.monotonic()
    while world.open_jobs() > 2 * IN_A_TASK and time.monotonic() - start < n * _SECONDS_A_JOB:
        began = time.monotonic()
        world.chance.choice(_FAULTS)(world)
        figures.n += 1
        figures.recoveries.append(next_end(world, since=began))
        time.sleep(_PAUSE)
    return _settled(world, figures, jobs=jobs, before=before, since=start)


def _queue(world: World, n: int) -> int:
    """So many jobs that n wait when it is done; how many were taken in."""
    clip = render(world.folder / "tiny.mp4", Clip(pictures=12, rate=10, width=32, height=18))
    media = world.upload(f"crowd-{world.chance.random()}.mp4", data=clip.read_bytes())
    wanted = {"format": "gif", "width": 128, "fps": 10}
    definition = world.call("POST", "/templates", json=wanted).json()["definition"]
    jobs = 0
    while jobs < n or world.open_jobs() < n:
        starts = [(jobs + number) / 100_000 for number in range(IN_A_TASK)]
        world.submit(media=media, steps=[{"definition": definition, "start": at, "end": at + 0.35} for at in starts])
        jobs += IN_A_TASK
    return jobs


def _settled(world: World, figures: Figures, *, jobs: int, before: int, since: float) -> Figures:
    """`accepted` counts jobs here, and one whose picture isn't there was lost."""
    world.settle(figures, seconds=QUIET + jobs * _SECONDS_A_JOB)
    figures.accepted = jobs
    figures.lost += max(0, jobs - (_made(world) - before))
    figures.note = f"{figures.note}; all made {time.monotonic() - since:.0f} s later".removeprefix("; ")
    return figures


def _longest_pause(world: World, *, since: datetime) -> float:
    """Seconds in which no job ended, from then on until the last one."""
    found = world.rows("SELECT finished_at FROM media_jobs_job WHERE finished_at IS NOT NULL")
    read = (datetime.fromisoformat(str(at)) for (at,) in found)
    ends = sorted(at if at.tzinfo else at.replace(tzinfo=UTC) for at in read)  # SQLite's know of no zone
    after = [since, *(end for end in ends if end > since)]
    return max((late - early).total_seconds() for early, late in pairwise(after))


def _made(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM media_jobs_animatedimage WHERE NOT made_before")[0][0])


def _kill(pids: list[int], world: World) -> None:
    for pid in world.chance.sample(pids, k=min(1, len(pids))):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _replace_broker(world: World) -> None:
    if world.setup.broker:
        world.setup.replace_broker()
    else:
        wipe_broker(world)


def _no_database(world: World) -> None:
    with database_gone(world):
        time.sleep(2)


_FAULTS: tuple[Callable[[World], None], ...] = (
    wipe_broker,
    _replace_broker,
    lambda world: _kill(world.instance.workers(), world),
    lambda world: _kill(world.codec_servers(), world),
    _no_database,
)
