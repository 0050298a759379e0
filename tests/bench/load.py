"""Four actions of the API at once, each at a fixed rate: `python -m tests.bench.load [--rate 100] [--seconds 60]`.

A private instance in its default shape. Its workers are stopped meanwhile, as what they need for pictures is another
figure; `--encoding` lets them work. Prints what each action's callers saw, and what it cost: processor time a request,
memory, open files and the journal over time. `make soak DURATION=7200 RATE=20`.
"""

import argparse
import asyncio
import itertools
import os
import signal
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from animator.make.sample import render_sample
from tests.bench.document import commit
from tests.bench.openloop import Answer, Caller, Figures, Key, at_rate
from tests.faults.instance import SECRET_ID, SECRET_KEY, Instance
from tests.loops import told_by

ACTIONS = ("DescribeTaskDetail", "ProcessMedia", "PullEvents", "ConfirmEvents")
MEDIA = 20
_TICKS = os.sysconf("SC_CLK_TCK")
_VISIBLE_AGAIN = 20.0  # seconds after which events that nobody confirmed come again
# One event as the program writes it, and the database's own copies of it: a hundred thousand take seconds.
_EVENTS = """
from django.db import connection
from applications.models import Application
from media_jobs.events.outbox import Type, event_content
from media_jobs.models import Event
application = Application.objects.get(is_primary=True)
content = event_content(Type.NEW_FILE_UPLOAD, {{"FileId": "1", "MediaBasicInfo": {{"Name": "a", "Type": "mp4"}}}})
kind = {{"application": application, "type": Type.NEW_FILE_UPLOAD, "transition": "uploaded", "content": content}}
first = Event.objects.create(subject="0", **kind)
uid = "gen_random_uuid()" if connection.vendor == "postgresql" else "LOWER(HEX(RANDOMBLOB(16)))"
same = "application_id, type, transition, content, created_at, next_at, attempts"
with connection.cursor() as cursor:
    cursor.execute(f'''
        WITH RECURSIVE more(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < {count} - 1)
        INSERT INTO media_jobs_event (uid, subject, {{same}})
        SELECT {{uid}}, CAST(number AS VARCHAR(80)), {{same}} FROM media_jobs_event, more WHERE id = {{first.pk}}
    ''')
"""


@dataclass(slots=True)
class Cost:
    """What the web processes hold, at moments of the run."""

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    journal: list[int] = field(default_factory=list)
    processor: float = 0.0

    def slope(self) -> float:
        """MiB of memory an hour, by least squares over the second half: a server that has just begun still grows."""
        half = len(self.seconds) // 2
        times, sizes = self.seconds[half:], self.memory[half:]
        if len(times) < 2:
            return 0.0
        middle, mean = sum(times) / len(times), sum(sizes) / len(sizes)
        spread = sum((moment - middle) ** 2 for moment in times)
        shared = sum((moment - middle) * (size - mean) for moment, size in zip(times, sizes, strict=True))
        return shared / spread * 3600 / 2**20


@dataclass(frozen=True, slots=True)
class Outcome:
    figures: dict[str, Figures]
    cost: Cost

    @property
    def answered(self) -> int:
        return sum(len(one.seconds) for one in self.figures.values())

    @property
    def errors(self) -> int:
        return sum(one.errors.total() for one in self.figures.values())

    def table(self) -> str:
        lines = [
            "| action | answered | refused or lost | p50 ms | p95 ms | p99 ms | client late |",
            "|---|---|---|---|---|---|---|",
        ]
        for action, one in self.figures.items():
            percentiles = " | ".join(f"{one.percentile(share) * 1000:.0f}" for share in (0.5, 0.95, 0.99))
            errors = ", ".join(f"{count} {code}" for code, count in one.errors.items()) or "0"
            lines.append(f"| {action} | {len(one.seconds)} | {errors} | {percentiles} | {one.late} |")
        cost = self.cost
        spent = cost.processor / max(1, self.answered + self.errors) * 1000
        lines.append("")
        lines.append(
            f"Web processes: {spent:.1f} ms of processor time a request, {cost.memory[-1] / 2**20:.0f} MiB at the end "
            f"({cost.slope():+.1f} MiB an hour), at most {max(cost.files)} files "
            f"and {max(cost.journal) / 2**20:.1f} MiB of journal."
        )
        return "\n".join(lines)


def run(instance: Instance, *, rate: float, seconds: float, encoding: bool = False) -> Outcome:
    """Against an instance that has started and holds nothing yet."""
    files, definition = _prepared(instance, events=int(rate * (seconds + 17 * min(seconds, _VISIBLE_AGAIN))))
    workers = [] if encoding else instance.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        return told_by(_measured(instance, files, definition, rate=rate, seconds=seconds))
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


def _prepared(instance: Instance, *, events: int) -> tuple[list[str], int]:
    clip = render_sample(instance.folder / "clip.mp4", seconds=1, width=160, height=90)
    answers = [instance.api.post("media", files={"file": ("a.mp4", clip.read_bytes())}) for _ in range(MEDIA)]
    template = instance.api.post("templates", json={"name": "small", "format": "gif", "width": 160, "fps": 5}).json()
    made = instance.manage("shell", "--no-imports", "-c", _EVENTS.format(count=events))
    assert made.returncode == 0, made.stderr
    return [answer.json()["file_id"] for answer in answers], int(template["definition"])


async def _measured(instance: Instance, files: list[str], definition: int, *, rate: float, seconds: float) -> Outcome:
    caller = Caller(instance.port, Key(SECRET_ID, SECRET_KEY))
    picture = {"Definition": definition, "StartTimeOffset": 0, "EndTimeOffset": 0.4}
    handles: deque[str] = deque(maxlen=1000)
    turn = itertools.cycle(files)

    def process() -> Answer:
        return {"FileId": next(turn), "MediaProcessTask": {"AnimatedGraphicTaskSet": [picture]}}

    def pulled(answer: Answer) -> None:
        handles.extend(event["EventHandle"] for event in answer["EventSet"])

    await caller.ask("ModifyEventConfig", {"Mode": "PULL"})
    task = (await caller.ask("ProcessMedia", process()))["TaskId"]
    pulled(await caller.ask("PullEvents", {}))
    parameters = {
        "DescribeTaskDetail": lambda: {"TaskId": task},
        "ProcessMedia": process,
        "PullEvents": dict,
        "ConfirmEvents": lambda: {"EventHandles": [handles.pop() if len(handles) > 1 else handles[0]]},
    }
    took = {"PullEvents": pulled}
    began, ended = _processor(instance), asyncio.Event()
    watching = asyncio.create_task(_watch(instance, ended))
    found = await asyncio.gather(
        *(
            at_rate(caller, name, rate=rate, seconds=seconds, parameters=parameters[name], took=took.get(name, len))  # type: ignore[arg-type]
            for name in ACTIONS
        )
    )
    ended.set()
    cost = await watching
    cost.processor = _processor(instance) - began
    caller.close()
    return Outcome(dict(zip(ACTIONS, found, strict=True)), cost)


async def _watch(instance: Instance, ended: asyncio.Event) -> Cost:
    cost, began = Cost(), time.monotonic()
    while True:
        processes = [Path(f"/proc/{process}") for process in instance.supervised("config.web")]
        journal = instance.folder / "zoetrope.sqlite3-wal"
        cost.seconds.append(time.monotonic() - began)
        cost.memory.append(sum(_resident(process) for process in processes))
        cost.files.append(sum(len(list((process / "fd").iterdir())) for process in processes))
        cost.journal.append(journal.stat().st_size if journal.exists() else 0)
        if ended.is_set():
            return cost
        try:
            async with asyncio.timeout(1.0):
                await ended.wait()
        except TimeoutError:
            continue


def _resident(process: Path) -> int:
    return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _processor(instance: Instance) -> float:
    """Seconds of processor time that the web processes have had."""
    stats = [Path(f"/proc/{process}/stat").read_text() for process in instance.supervised("config.web")]
    return sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats) / _TICKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second of each action")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--encoding", action="store_true", help="the workers make what is asked for meanwhile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder), **ENVIRONMENT)
        try:
            outcome = run(instance.start(), rate=options.rate, seconds=options.seconds, encoding=options.encoding)
        finally:
            instance.close()
    where = f"commit {commit()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{options.rate:g}/s of each for {options.seconds:g} s, {where}\n\n{outcome.table()}")


# The limit of one action in one application isn't what is measured.
ENVIRONMENT = {"ZOETROPE_API_RATE": "100000", "ZOETROPE_EVENT_INVISIBLE_SECONDS": str(_VISIBLE_AGAIN)}

if __name__ == "__main__":
    main()
