"""F3 with a real shortage: the workers live in a control group with less memory than their jobs want at once."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.instance import children_of
from tests.faults.suite.world import Figures, World
from tests.unit.animator.clips import Clip, render

GROUPS = Path("/sys/fs/cgroup")
MEGABYTES = 560
KILLED = "SELECT count(*) FROM media_jobs_job WHERE state = 'FAIL' AND message LIKE '%memory%'"
BLAMED = "SELECT count(*) FROM media_jobs_job WHERE err_code = 'SourceFileError.ContentMalformed'"


def memory_short(world: World, n: int) -> Figures:
    """Large pictures at once: the kernel kills children; each is tried again alone, and what fails says memory."""
    figures = world.begin("F3 memory short in a control group")
    wanted = {"format": "webp", "width": 3840, "fps": 60}
    large = world.call("POST", "/templates", json=wanted).json()["definition"]
    blamed = int(world.rows(BLAMED)[0][0])
    with group(MEGABYTES) as (join, kills):
        if join is None:
            figures.note = "nobody may make a control group here"
            return figures
        for worker in world.instance.supervised("celery"):
            for pid in (worker, *children_of(worker, "animator.confine.warm")):
                join(pid)
        clip = render(world.folder / "large.mp4", Clip(pictures=40, rate=10, width=1920, height=1080)).read_bytes()
        world.submit(n, steps=[{"definition": large, "start": 0, "end": 0}], media=world.upload("large.mp4", data=clip))
        said = int(world.rows(KILLED)[0][0])
        world.settle(figures, failures=n)
        figures.n = kills()
        said = int(world.rows(KILLED)[0][0]) - said
    figures.missing += int(world.rows(BLAMED)[0][0]) - blamed
    figures.note += f"{n} pictures, {MEGABYTES} MiB; FAIL that says memory {said}"
    return figures


@contextmanager
def group(megabytes: int) -> Iterator[tuple[Callable[[int], None] | None, Callable[[], int]]]:
    """How a process joins it (None where it can't be made), and how often the kernel has killed in it."""
    first = GROUPS / "memory" if (GROUPS / "memory").is_dir() else GROUPS
    limit, events = (
        ("memory.limit_in_bytes", "memory.oom_control") if first != GROUPS else ("memory.max", "memory.events")
    )
    folder = first / f"zoetrope-{secrets.token_hex(4)}"
    try:
        folder.mkdir()
        (folder / limit).write_text(str(megabytes << 20))
    except OSError:
        with suppress(OSError):
            folder.rmdir()
        yield None, lambda: 0
        return

    def join(pid: int) -> None:
        (folder / "cgroup.procs").write_text(str(pid))

    def kills() -> int:
        told = dict(line.split() for line in (folder / events).read_text().splitlines())
        return int(told.get("oom_kill", 0))

    try:
        yield join, kills
    finally:
        for pid in (folder / "cgroup.procs").read_text().split():
            with suppress(OSError):
                (first / "cgroup.procs").write_text(pid)
        with suppress(OSError):
            folder.rmdir()
