"""How fast the console is: `python -m tests.bench.console [--rows 100000] [--only lists|previews] [--docs docs]`.

Every list and page before a crowd of media and tasks, on SQLite and PostgreSQL (ZOETROPE_TEST_DATABASE_URL), with the
number of queries; and how long the studio's previews are waited for. Writes sections of performance.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.console_lists import Asked
from tests.bench.console_previews import FPS, SECONDS, WIDTH, Waits, measured, p50, p95
from tests.bench.document import write_section
from tests.faults.instance import OwnDatabase
from tests.services import DATABASE

WANTED = 0.3  # seconds of an answer
SHOWN = 12  # the slowest, in the table
PREVIEWS = {"rough": 0.7, "true": 2.0, "true, both slots encoding": 4.0}  # seconds that are wanted at p95


def main() -> None:
    options = _options()
    if options.only != "previews":
        text = _lists_told(options.rows, {name: list(_asked(options.rows, name)) for name in ("SQLite", "PostgreSQL")})
        print(text)
        write_section(options.docs, "The console's lists", text)
    if options.only != "lists":
        with tempfile.TemporaryDirectory() as folder:
            text = _previews_told(*measured(Path(folder)))
        print(text)
        write_section(options.docs, "The studio's previews", text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.console", description="How fast the console is.")
    parser.add_argument("--rows", type=int, default=100_000, help="media, and as many tasks (100,000)")
    parser.add_argument("--only", choices=["lists", "previews"], help="one half of it")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md is (docs)")
    return parser.parse_args()


def _asked(rows: int, database: str) -> Iterator[Asked]:
    """In a process with a database of its own; nothing where there is no PostgreSQL server."""
    with tempfile.TemporaryDirectory(prefix="lists-") as folder:
        own = None if database == "SQLite" else _own_database()
        if database != "SQLite" and own is None:
            return
        address = own.environment if own else {"DATABASE_URL": f"sqlite:///{folder}/lists.sqlite3"}
        settings = {"ZOETROPE_DATA_DIR": folder, "ZOETROPE_LOG_LEVEL": "ERROR", "ZOETROPE_ALLOWED_HOSTS": "testserver"}
        command = [sys.executable, "-m", "tests.bench.console_lists", "--rows", str(rows)]
        try:
            done = subprocess.run(
                command, env={**os.environ, **settings, **address}, stdout=subprocess.PIPE, text=True, check=True
            )
        finally:
            if own:
                own.drop()
        yield from (Asked(**json.loads(line)) for line in done.stdout.splitlines())


def _own_database() -> OwnDatabase | None:
    try:
        return OwnDatabase(DATABASE)
    except OSError as error:
        print(f"PostgreSQL isn't measured: {error}", file=sys.stderr)
        return None


def _machine() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[0]
    return f"commit {commit}, {os.cpu_count()} processors ({platform.machine()}), load {load:.0f} at the end"


def _lists_told(rows: int, found: dict[str, list[Asked]]) -> str:
    lines = [
        f"{rows:,} media, as many tasks of two parts, events and audit entries, nine tenths as many pairs of images; "
        f"every page of the console and what its lists can be asked for, the median of five; {_machine()}. Processor "
        "time is that of the console's process (SQLite's is within it, PostgreSQL's isn't); wall time has all, and "
        "what else the machine did.",
        "",
    ]
    for database, asked in found.items():
        if asked:
            lines += [*_table(database, asked), ""]
    return "\n".join(lines)


def _table(database: str, asked: list[Asked]) -> Iterator[str]:
    slow = [one for one in asked if one.wall > WANTED]
    grown = [one.name for one in asked if one.many > one.few]
    yield (
        f"{database}: {len(slow)} of {len(asked)} take more than {WANTED * 1000:.0f} ms of the wall, "
        f"{sum(one.processor > WANTED for one in asked)} of the processor; more queries than before a hundredth of the "
        f"rows: {', '.join(grown) or 'none'}. The slowest:"
    )
    yield ""
    yield "| page | wall, ms | processor, ms | queries |"
    yield "|---|---|---|---|"
    for one in sorted(asked, key=lambda one: -one.wall)[:SHOWN]:
        yield f"| {one.name} | {one.wall * 1000:.0f} | {one.processor * 1000:.0f} | {one.many} |"


def _previews_told(idle: Waits, loaded: Waits) -> str:
    rows = [
        ("rough", idle.rough, PREVIEWS["rough"]),
        ("true", idle.true, PREVIEWS["true"]),
        ("rough, both slots encoding", loaded.rough, PREVIEWS["rough"]),
        ("true, both slots encoding", loaded.true, PREVIEWS["true, both slots encoding"]),
    ]
    return "\n".join(
        [
            f"{len(idle.true)} changes of {SECONDS:g} s at {WIDTH} px, {FPS} a second, WebP, of a 720p clip, by a "
            f"console and worker on the embedded default; {_machine()}. Wall time from the question to the last byte.",
            "",
            "| preview | p50, s | p95, s | wanted |",
            "|---|---|---|---|",
            *(f"| {name} | {p50(times):.2f} | {p95(times):.2f} | {wanted} |" for name, times, wanted in rows),
        ]
    )


if __name__ == "__main__":
    main()
