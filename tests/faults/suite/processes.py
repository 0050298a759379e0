"""F1–F7: workers, codec servers and children are killed, stopped and started anew."""

import os
import signal
import time

from tests.faults.instance import wait_for
from tests.faults.suite.world import Figures, World

CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


def worker_killed(world: World, n: int) -> Figures:
    """F1: kill -9 of a whole worker while it works."""
    figures = world.begin("F1 worker killed")
    workers = [world.instance.start_worker("-Q", "pictures,analyses", slots=2) for _ in range(2)]
    with world.load():
        for number in range(n):
            victim = number % 2
            _at_work(world, workers[victim].pid)
            hit = _held_by(world, workers[victim].pid)
            began = time.monotonic()
            workers[victim].kill()
            workers[victim].wait()
            workers[victim] = world.instance.start_worker("-Q", "pictures,analyses", slots=2)
            figures.n += 1
            figures.recoveries += world.recovery(hit, since=began)
    for worker in workers:
        worker.terminate()
        worker.wait(60)
        world.instance._extra.remove(worker)
    return world.settle(figures)


def child_crashes(world: World, n: int) -> Figures:
    """F2: the decoder dies of SIGSEGV, SIGABRT or SIGBUS: tried again once; at the second time FAIL with a code."""
    figures = world.begin("F2 codec child crashes")
    with world.load():
        _strike_children(world, figures, n, [CRASHES[number % 3] for number in range(n)])
    twice = int(world.rows("SELECT count(*) FROM media_jobs_job WHERE state = 'FAIL' AND crashes >= 2")[0][0])
    return world.settle(figures, failures=twice)


def child_out_of_memory(world: World, n: int) -> Figures:
    """F3: the system kills the child: tried again, alone."""
    figures = world.begin("F3 child killed for memory")
    with world.load():
        _strike_children(world, figures, n, [signal.SIGKILL] * n)
    twice = int(world.rows("SELECT count(*) FROM media_jobs_job WHERE state = 'FAIL' AND crashes >= 2")[0][0])
    return world.settle(figures, failures=twice)


def server_lost(world: World, n: int) -> Figures:
    """F4: the codec server dies, or is stopped and says nothing: replaced, its jobs tried again."""
    figures = world.begin("F4 codec server killed or stopped")
    with world.load():
        for number in range(n):
            wait_for(world.codec_children, seconds=60, what="a child at work")
            hit, began = world.running(), time.monotonic()
            for server in world.codec_servers():
                os.kill(server, signal.SIGSTOP if number % 4 == 3 else signal.SIGKILL)
            figures.n += 1
            figures.recoveries += world.recovery(hit, since=began)
    return world.settle(figures)


def long_job(world: World, n: int) -> Figures:
    """F5: a job of many leases runs once."""
    figures = world.begin("F5 job longer than its lease")
    template = world.call(
        "POST", "/templates", json={"format": "webp", "width": 3840, "height": 2160, "fps": 60}
    ).json()
    world.submit(n, steps=[{"definition": template["definition"], "start": 0, "end": 0}])
    figures.n = n
    world.settle(figures)
    again = world.rows(
        f"SELECT count(*) FROM media_jobs_job WHERE attempts > 1 AND definition = {template['definition']}"
    )
    figures.note += f"claimed again {again[0][0]}"
    figures.doubled += int(again[0][0])
    return figures


def worker_stopped(world: World, n: int) -> Figures:
    """F6: a worker is stopped for longer than its lease and then goes on: what it made late, it must throw away."""
    figures = world.begin("F6 worker stopped past its lease")
    worker = world.instance.start_worker("-Q", "pictures,analyses", slots=2)
    with world.load():
        for _ in range(n):
            _at_work(world, worker.pid)
            hit, began = _held_by(world, worker.pid), time.monotonic()
            worker.send_signal(signal.SIGSTOP)
            figures.n += 1
            figures.recoveries += world.recovery(hit, since=began)
            time.sleep(0.5)
            worker.send_signal(signal.SIGCONT)
    worker.terminate()
    worker.wait(60)
    world.instance._extra.remove(worker)
    return world.settle(figures)


def rolling_restart(world: World, n: int) -> Figures:
    """F7: SIGTERM of a worker, which hands its jobs back; the next one is there before."""
    figures = world.begin("F7 workers restarted in turn")
    worker = world.instance.start_worker("-Q", "pictures,analyses", slots=2)
    with world.load():
        for _ in range(n):
            _at_work(world, worker.pid)
            following = world.instance.start_worker("-Q", "pictures,analyses", slots=2)
            hit, began = _held_by(world, worker.pid), time.monotonic()
            worker.terminate()
            figures.n += 1
            figures.recoveries += world.recovery(hit, since=began)
            worker.wait(60)
            world.instance._extra.remove(worker)
            worker = following
    worker.terminate()
    worker.wait(60)
    world.instance._extra.remove(worker)
    return world.settle(figures)


def _strike_children(world: World, figures: Figures, n: int, signals: list[signal.Signals]) -> None:
    for number in range(n):
        children = wait_for(world.codec_children, seconds=60, what="a child at work")
        began, hit = time.monotonic(), world.running()
        try:
            os.kill(world.chance.choice(children), signals[number])
        except ProcessLookupError:
            continue
        figures.n += 1
        time.sleep(0.3)
        waiting = {str(job) for (job,) in world.rows("SELECT id FROM media_jobs_job WHERE state = 'WAITING'")}
        struck = {job: held for job, held in hit.items() if job in waiting}
        figures.recoveries += world.recovery(struck, since=began)


def _held_by(world: World, pid: int) -> dict[str, tuple[str, str]]:
    return {job: held for job, held in world.running().items() if held[1].endswith(f":{pid}")}


def _at_work(world: World, pid: int) -> None:
    wait_for(lambda: _held_by(world, pid), seconds=90, what="a worker with work")


def at_a_point(world: World, n: int) -> Figures:
    """F1, too: workers kill themselves at the point that ZOETROPE_FAULT names; their supervisor starts them again."""
    point = world.instance.environment["ZOETROPE_FAULT"].partition(":")[0]
    figures = world.begin(f"F1 worker killed when {point}")
    world.submit(n)
    world.settle(figures)
    figures.n = world.instance.log().count(f"fault: {point}\n")
    return figures
