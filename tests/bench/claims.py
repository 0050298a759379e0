"""What a claim costs where much work waits: `python -m tests.bench.claims [--docs docs] [--only sqlite]`.

A database of its own for each number of applications and jobs, on SQLite and on PostgreSQL, which
ZOETROPE_TEST_DATABASE_URL names.
One process claims and ends jobs, timed one by one; then four at once, counted. Writes a section of performance.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.bench.document import write_section

POSTGRES = os.environ.get("ZOETROPE_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NAME = "zoetrope_bench_claims"
SHAPES = ((1, 10_000), (1_000, 100), (1_000, 1_000))  # enough jobs for all that is claimed
CLAIMS, CLAIMERS, SECONDS = 300, 4, 5
WANTED_SECONDS, WANTED_A_SECOND = 0.005, 400
FILL_SECONDS = 1_200


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Times are in seconds.

    `commit` is that of the smallest transaction that the disk is waited for. `turns` is how many turns all claimers
    together take in a second.
    """

    database: str
    applications: int
    jobs: int
    median: float
    p95: float
    cpu: float
    end: float
    commit: float
    turns: float


def main() -> None:
    options = _options()
    options.docs.mkdir(exist_ok=True)
    rows = [
        row for database in options.only for shape in SHAPES for row in _row(database, *shape, folder=options.folder)
    ]
    write_section(options.docs, "Claims at depth", _report(rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.claims", description="What a claim costs at depth.")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md is (docs)")
    parser.add_argument("--only", nargs="+", default=list(_DATABASES), choices=list(_DATABASES), help="databases")
    parser.add_argument("--folder", type=Path, help="where SQLite's file is put (the usual place for temporary files)")
    return parser.parse_args()


def _row(database: str, applications: int, jobs: int, *, folder: Path | None) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=folder) as name, _DATABASES[database](Path(name)) as url:
        environment = {**os.environ, "DATABASE_URL": url, "ZOETROPE_DATA_DIR": name}
        _run(["manage.py", "migrate", "--verbosity", "0"], environment)
        _run([*_CLAIMER, "fill", str(applications), str(jobs)], environment)
        one = json.loads(_run([*_CLAIMER, "claim", str(CLAIMS)], environment))
        row = Row(database, applications, jobs, turns=_turns(environment), **one)
        print(row, flush=True)
        yield row


_CLAIMER = ("-m", "tests.bench.claimer")


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *command], env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=FILL_SECONDS
    )
    return done.stdout


def _turns(environment: dict[str, str]) -> float:
    """Of all claimers together, a second. They begin at the same moment."""
    command = [sys.executable, *_CLAIMER, "turns", str(SECONDS)]
    pipe = subprocess.PIPE
    claimers = [subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) for _ in range(CLAIMERS)]
    try:
        for claimer in claimers:
            assert claimer.stdout and claimer.stdout.readline() == "ready\n"
        for claimer in claimers:
            assert claimer.stdin
            claimer.stdin.write("go\n")
            claimer.stdin.flush()
        answers = [json.loads(claimer.communicate(timeout=60)[0]) for claimer in claimers]
    finally:
        for claimer in claimers:
            claimer.kill()
            claimer.wait()
    return float(sum(answer["count"] for answer in answers)) / SECONDS


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'claims.sqlite3'}"


@contextmanager
def _postgresql(_: Path) -> Iterator[str]:
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{NAME}"))
        finally:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


_DATABASES = {"SQLite": _sqlite, "PostgreSQL": _postgresql}


def _report(rows: list[Row]) -> str:
    lines = [_HEAD.format(cpus=os.cpu_count(), claims=CLAIMS, claimers=CLAIMERS, seconds=SECONDS)]
    for row in rows:
        lines.append(
            f"| {row.database} | {row.applications:,} × {row.jobs:,} | {row.median * 1000:.1f} | "
            f"{row.p95 * 1000:.1f} | {row.cpu * 1000:.1f} | {row.end * 1000:.1f} | {row.commit * 1000:.1f} | "
            f"{row.turns:.0f} |"
        )
    missed = sum(row.median > WANTED_SECONDS or row.turns < WANTED_A_SECOND for row in rows)
    wanted = f"Wanted are at most {WANTED_SECONDS * 1000:.0f} ms a claim and at least {WANTED_A_SECOND} a second"
    return "\n".join([f"{wanted}: {missed} of {len(rows)} rows miss one of them.", "", *lines, _TAIL])


_HEAD = """One process claims and ends {claims} jobs, timed one by one; then {claimers} processes do it for {seconds} s,
on {cpus} processors that the database shares. Ten jobs a task, three priorities; milliseconds.

| | applications × jobs that wait | claim, median | claim, p95 | claim, its process's CPU | end, median | \
a commit, median | claimed and ended a second, by {claimers} |
|---|---|---|---|---|---|---|---|"""
_TAIL = """
A commit is the smallest transaction that is waited for until the disk has it. A claim isn't (a power cut undoes it, and
the job waits again); the end of a job is: with SQLite's single writer, one disk write after the other bounds the last
column.
"""


if __name__ == "__main__":
    main()
