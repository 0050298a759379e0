"""F11–F14, F20: database, broker, disk and clock fail, and come back."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.faults.instance import wait_for
from tests.faults.suite.setups import POSTGRESQL
from tests.faults.suite.world import Figures, World

AWAY = 2.5  # seconds


def database_away(world: World, n: int) -> Figures:
    """F11: every connection is cut and none is let in; with SQLite somebody else holds the file."""
    figures = world.begin("F11 database away")
    with world.load():
        for _ in range(n):
            _work_goes_on(world)
            with database_gone(world):
                time.sleep(AWAY)
            began = time.monotonic()
            figures.n += 1
            figures.recoveries.append(next_end(world, since=began))
    return world.settle(figures)


@contextmanager
def database_gone(world: World) -> Iterator[None]:
    if not world.setup.postgresql:
        with closing(sqlite3.connect(world.folder / "zoetrope.sqlite3", timeout=30, isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            yield
            holder.execute("ROLLBACK")
        return
    name = urlsplit(world.setup.postgresql).path.lstrip("/")
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def broker_wiped(world: World, n: int) -> Figures:
    """F12: the broker forgets everything, the embedded one with its file."""
    figures = world.begin("F12 broker wiped")
    with world.load(waiting=12):
        for _ in range(n):
            _work_goes_on(world)
            began = time.monotonic()
            wipe_broker(world)
            figures.n += 1
            figures.recoveries.append(next_end(world, since=began))
    return world.settle(figures)


def wipe_broker(world: World) -> None:
    if world.setup.broker:
        world.setup.wipe_broker()
    else:
        (world.folder / "broker.sqlite3").write_bytes(b"no database any more" * 2000)


def broker_away(world: World, n: int) -> Figures:
    """F13: the broker is cut off, or stalls like a stopped process; requests are answered and the work goes on."""
    figures = world.begin("F13 broker cut off or stalled")
    between = world.setup.broker
    if between is None:
        figures.note = "an embedded broker can't be cut off; its file is F12"
        return figures
    slowest = 0.0
    with world.load():
        for number in range(n):
            _work_goes_on(world)
            began = time.monotonic()
            between.stall() if number % 2 else between.cut()
            figures.n += 1
            for _ in range(3):
                asked = time.monotonic()
                world.submit()
                slowest = max(slowest, time.monotonic() - asked)
            figures.recoveries.append(next_end(world, since=began))
            time.sleep(AWAY)
            between.resume()
    figures.note = f"slowest submit meanwhile {slowest:.2f} s"
    return world.settle(figures)


def disk_full(world: World, n: int) -> Figures:
    """F14: the volume with scratch, store and (SQLite) database is full, and is freed again."""
    figures = world.begin("F14 disk full and freed")
    filler = world.folder / "filler"
    with world.load():
        for _ in range(n):
            _work_goes_on(world)
            fill(filler)
            time.sleep(AWAY)
            filler.unlink()
            began = time.monotonic()
            figures.n += 1
            figures.recoveries.append(next_end(world, since=began))
    return world.settle(figures)


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)):
                    continue
            except OSError:
                continue


@contextmanager
def small_volume(folder: Path, *, megabytes: int = 96) -> Iterator[bool]:
    """A volume of its own at `folder`; False where nobody may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def clock_steps(world: World, n: int) -> Figures:
    """F20: the machine's clock steps an hour forth or back (clock.c) under everything that asks for the time."""
    figures = world.begin("F20 clock steps")
    offset = Path(world.instance.environment["FAULT_CLOCK"])
    with world.load():
        for number in range(n):
            _work_goes_on(world)
            offset.write_text("0" if number % 2 else world.chance.choice(["3600", "-3600"]))
            began = time.monotonic()
            figures.n += 1
            figures.recoveries.append(next_end(world, since=began))
            time.sleep(1)
    offset.write_text("0")
    return world.settle(figures)


def clock_library(folder: Path) -> dict[str, str]:
    """The environment of processes whose clock can be stepped; {} without a C compiler."""
    built, offset = folder / "clock.so", folder / "clock-offset"
    offset.write_text("0")
    source = Path(__file__).with_name("clock.c")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(built), str(source), "-ldl"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"LD_PRELOAD": str(built), "FAULT_CLOCK": str(offset)}


def _work_goes_on(world: World) -> None:
    """Until a job has ended after now: the injection hits a world that works."""
    next_end(world, since=time.monotonic())


def next_end(world: World, *, since: float, seconds: float = 90.0) -> float:
    """Seconds until two more jobs have succeeded than had when this was called."""
    query = "SELECT count(*) FROM media_jobs_job WHERE state = 'SUCCESS'"
    before = _quietly(lambda: int(world.rows(query)[0][0]))
    while time.monotonic() - since < seconds:
        now = _quietly(lambda: int(world.rows(query)[0][0]))
        if now is not None and before is not None and now >= before + 2:
            break
        before = now if before is None else before
        time.sleep(0.1)
    return time.monotonic() - since


def _quietly(look: Callable[[], int]) -> int | None:
    try:
        return look()
    except (sqlite3.Error, psycopg.Error):
        return None


def all_killed(world: World, n: int) -> Figures:
    """F11, too: as when the power goes, everything is killed at once, in the middle of whatever it writes."""
    figures = world.begin("F11 everything killed at once")
    for _ in range(n):
        with world.load():
            _work_goes_on(world)
            assert world.instance._process is not None
            supervisor = world.instance._process
            hit, began = world.running(), time.monotonic()
            for pid in _family(supervisor.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            supervisor.wait()
            wait_for(lambda: not world.instance.answers(), seconds=20, what="the end of the web server")
            world.instance.start()
            figures.n += 1
            figures.recoveries += world.recovery(hit, since=began)
        if not world.setup.postgresql:
            assert world.rows("PRAGMA integrity_check") == [("ok",)]
    return world.settle(figures)


def _family(pid: int) -> list[int]:
    """The process and all that descends from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parents.setdefault(int(entry.read_text().rpartition(")")[2].split()[1]), []).append(int(entry.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found
