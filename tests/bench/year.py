"""A year of jobs, forgotten as it goes: `python -m tests.bench.year [--jobs 100000] [--days 365] [--json] [--docs …]`.

A SQLite database of its own, on a clock that is moved: each simulated day brings its share of files, tasks of ten jobs,
pictures, events and messages through the embedded broker, as copies of rows that real work has left (copies.py); media
expire after 30 days; each night's maintenance runs. At the end of some days every page, list and look is asked, and the
files are measured.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.document import commit, write_section
from tests.bench.steps import steps_counted

SEED = 20261126
WANTED = 1.2
JOBS_A_TASK = 10
A_PAGE = 25  # media: "the first day" ends when every list has a page full
REFERENCE = "API 3.0 ParseStreamingManifest"  # whose answer reads nothing that grows
FULL = 120  # days: by then everything that is forgotten has begun to be
Question = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Day:
    """What one simulated day ends with.

    Fields:
        rows: of all tables
        database, broker: bytes of the files
        steps: of SQLite's machine, by question: what an answer reads, whatever the processor does beside
        seconds: of the processor, by question
        reference: seconds that REFERENCE took meanwhile, as nobody has the machine for himself
    """

    day: int
    rows: int
    database: int
    broker: int
    steps: dict[str, int]
    seconds: dict[str, float]
    reference: float


def main() -> None:
    options = options_of("year", about="A year of jobs, forgotten as it goes.")
    if not in_a_folder_of_its_own("year"):
        return
    looked_at = {days_until_a_page(options), min(FULL, options.days), options.days}
    days = list(simulate(options, looked_at=looked_at, questions=lambda simulation: simulation.questions()))
    if options.json:
        print(json.dumps([asdict(day) for day in days]))
    else:
        report = _report(days, options=options)
        print(report)
        write_section(options.docs, "A simulated year", report)


def options_of(name: str, *, about: str) -> argparse.Namespace:
    """Of the command `python -m tests.bench.<name>`."""
    parser = argparse.ArgumentParser(f"python -m tests.bench.{name}", description=about)
    parser.add_argument("--jobs", type=int, default=100_000, help="of the whole year (100,000)")
    parser.add_argument("--days", type=int, default=365, help="how many are simulated (365)")
    parser.add_argument("--rounds", type=int, default=7, help="of all questions, interleaved; the median counts (7)")
    parser.add_argument("--json", action="store_true", help="print what was measured, and write no document")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md is (docs)")
    return parser.parse_args()


def in_a_folder_of_its_own(name: str) -> bool:
    """Whether this process has one; else `tests.bench.<name>` is run in one that is gone afterwards."""
    if os.environ.get("ZOETROPE_YEAR") == "simulated":
        return True
    with tempfile.TemporaryDirectory(prefix="year-") as folder:
        own = {
            "ZOETROPE_YEAR": "simulated",
            "ZOETROPE_DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/year.sqlite3",
            "BROKER_URL": f"sqlite:///{folder}/broker.sqlite3",
            "ZOETROPE_LOG_LEVEL": "ERROR",
            "ZOETROPE_ALLOWED_HOSTS": "testserver",
            "ZOETROPE_API_RATE": "1000000",
            "ZOETROPE_OUTBOUND_ALLOW": "127.0.0.1/32",  # what is really done fetches a file, and tells of it
        }
        done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *sys.argv[1:]], env={**os.environ, **own})
        if done.returncode:
            raise SystemExit(done.returncode)
    return False


def days_until_a_page(options: argparse.Namespace) -> int:
    """So many days until a list of media has a page full."""
    return math.ceil(A_PAGE / max(1, int(options.jobs / options.days / JOBS_A_TASK)))


def simulate(
    options: argparse.Namespace, *, looked_at: Collection[int], questions: Callable[[Any], Iterable[Question]]
) -> Iterator[Day]:
    """Live through the days, and ask at the end of some of them; `questions` is given the Simulation."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import override_settings

    from tests.bench.simulated import Simulation

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nobody has gathered the assets
    override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}).enable()
    call_command("migrate", verbosity=0)
    simulation, jobs, days = Simulation(seed=SEED), options.jobs, options.days
    for day in range(1, days + 1):
        simulation.live_through(day, jobs=jobs * day // days - jobs * (day - 1) // days)
        if day in looked_at:
            yield Day(day=day, **_sizes(), **_asked(dict(questions(simulation)), rounds=options.rounds))


def _sizes() -> dict[str, int]:
    from django.apps import apps
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows = sum(model._base_manager.count() for model in apps.get_models())
    folder = Path(settings.ZOETROPE_DATA_DIR)
    sizes = {name: (folder / f"{name}.sqlite3").stat().st_size for name in ("year", "broker")}
    return {"rows": rows, "database": sizes["year"], "broker": sizes["broker"]}


def _asked(questions: dict[str, Callable[[], object]], *, rounds: int) -> dict[str, Any]:
    """Every question `rounds` times, after once for what is looked up once a process."""
    steps: dict[str, int] = {}
    times: dict[str, list[float]] = {}
    references: list[float] = []
    for name, ask in questions.items():
        ask()
        with steps_counted() as count:
            ask()
        steps[name] = count[0]
    for _ in range(rounds):
        for name, ask in questions.items():
            began = time.process_time()
            ask()
            times.setdefault(name, []).append(time.process_time() - began)
            began = time.process_time()
            questions[REFERENCE]()
            references.append(time.process_time() - began)
    seconds = {name: statistics.median(taken) for name, taken in times.items()}
    return {"steps": steps, "seconds": seconds, "reference": statistics.median(references)}


def _report(days: list[Day], *, options: argparse.Namespace) -> str:
    first, last = days[0], days[-1]
    total = {day.day: sum(day.seconds.values()) * first.reference / day.reference for day in days}
    slower = last.reference / first.reference
    grown = {name: last.seconds[name] / slower / max(first.seconds[name], 0.001) for name in first.seconds}
    worst = sorted(grown, key=lambda name: -grown[name])[:8]
    lines = [
        f"{options.jobs:,} jobs in {options.days} simulated days (ten a task, a media each, which expires after 30 "
        f"days), seed {SEED}, commit {commit()}, {os.cpu_count()} processors, SQLite. {len(first.seconds)} questions "
        f"(every page, list and look), each the median of {options.rounds}: processor time, as if the machine had been "
        f"as fast all the while as on the first day, by {REFERENCE}, which reads nothing that grows, asked in between; "
        "and steps of SQLite's machine.",
        "",
        "| after day | rows | database, MB | embedded broker, kB | all questions, ms | against the first day | steps |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {day.day} | {day.rows:,} | {day.database / 1e6:.1f} | {day.broker / 1e3:.0f} | "
            f"{total[day.day] * 1000:.0f} | {total[day.day] / total[first.day]:.2f} × | {sum(day.steps.values()):,} |"
            for day in days
        ),
        "",
        f"{sum(ratio > WANTED for ratio in grown.values())} of {len(grown)} questions take more than {WANTED} × the "
        "first day's processor time. The slowest against it: "
        + ", ".join(f"{name} {grown[name]:.2f} × ({last.seconds[name] * 1000:.0f} ms)" for name in worst)
        + ".",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
