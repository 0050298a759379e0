"""Every list after a day and after a year: `python -m tests.bench.looks [--jobs 100000] [--days 365] [--json]`.

Each plain, with each of its filters, in each other order and at its end (tests/integration/lists.py), in the year that
year.py simulates: processor time, and steps of SQLite's machine, which no other load changes.
"""

import argparse
import json
import os
from dataclasses import asdict

from tests.bench.document import commit, write_section
from tests.bench.year import (
    REFERENCE,
    SEED,
    WANTED,
    Day,
    days_until_a_page,
    in_a_folder_of_its_own,
    options_of,
    simulate,
)

_SHOWN = 30
_AGO = 2  # days: what is asked of the day before yesterday finds a page full, as later
_A_MILLISECOND = 0.001  # what is less than that nobody waits for


def main() -> None:
    options = options_of("looks", about="Every list after a day and after a year.")
    if not in_a_folder_of_its_own("looks"):
        return
    looked_at = {days_until_a_page(options) + _AGO, options.days}
    days = list(simulate(options, looked_at=looked_at, questions=lambda simulation: simulation.lists()))
    if options.json:
        print(json.dumps([asdict(day) for day in days]))
        return
    report = _report(days[0], days[-1], options=options)
    print(report)
    write_section(options.docs, "Lists after a year", report)


def _report(first: Day, last: Day, *, options: argparse.Namespace) -> str:
    slower = last.reference / first.reference
    names = [name for name in first.seconds if name != REFERENCE]
    times = {name: (first.seconds[name], last.seconds[name] / slower) for name in names}
    ratios = {name: now / max(then, _A_MILLISECOND) for name, (then, now) in times.items()}
    above = [name for name in names if ratios[name] > WANTED]
    twice = sum(ratio > 2 for ratio in ratios.values())
    worst = sorted(names, key=lambda name: -ratios[name])[:_SHOWN]
    then, now = (sum(column) * 1000 for column in zip(*times.values(), strict=True))
    lines = [
        f"**{len(above)} of {len(names)} take more than {WANTED} × the first days' processor time, {twice} more than "
        f"2 ×**; all together {now / then:.2f} × ({then:,.0f} → {now:,.0f} ms). {options.jobs:,} jobs in "
        f"{options.days} simulated days, of which {last.rows:,} rows are kept; seed {SEED}, commit {commit()}, "
        f"{os.cpu_count()} processors, SQLite. Every list plain, with each of its filters, in each other order and at "
        f"its end, the median of {options.rounds}: after day {first.day}, and after day {last.day} as if the machine "
        f"had been as fast as then, by {REFERENCE}. The {len(worst)} worst:",
        "",
        "| list | day, ms | year, ms | | day, steps | year, steps |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {times[name][0] * 1000:.1f} | {times[name][1] * 1000:.1f} | {ratios[name]:.2f} × | "
            f"{first.steps[name]:,} | {last.steps[name]:,} |"
            for name in worst
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
