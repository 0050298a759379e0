"""What the suite found, as JSON lines and as the table of docs/reliability.md."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.faults.instance import ROOT
from tests.faults.suite.setups import SETUPS
from tests.faults.suite.world import Figures

PAGE = ROOT / "docs/reliability.md"
FAULTS = ("<!-- faults:begin -->", "<!-- faults:end -->")
CORPUS = ("<!-- corpus:begin -->", "<!-- corpus:end -->")
HEAD = (
    "| set-up | fault | N | accepted | lost | doubled | missing | stuck | recovery p50 / p95 / max, s | |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def line(setup: str, figures: Figures, *, seed: int) -> str:
    """One JSON object: the figures with where they come from."""
    found = asdict(figures) | {"setup": setup, "seed": seed, "commit": commit(), "machine": machine()}
    return json.dumps(found | {"recoveries": [round(value, 2) for value in figures.recoveries]})


def row(setup: str, figures: Figures) -> str:
    counts = (figures.n, figures.accepted, figures.lost, figures.doubled, figures.missing, figures.stuck)
    note = " ".join(figures.note.split()).replace("|", "/")
    return f"| {setup} | {figures.fault} | {' | '.join(map(str, counts))} | {_spread(figures.recoveries)} | {note} |"


def write(lines: Iterable[str]) -> None:
    """Put the table of these JSON lines, of one turn or of several, between its marks in docs/reliability.md.

    Rows of faults and set-ups that aren't among them stay as they are.
    """
    found = [json.loads(text) for text in lines]
    standing = PAGE.read_text().split(FAULTS[0])[1].split(FAULTS[1])[0]
    rows = dict(_standing(standing)) | {key: row(key[0], figures) for key, figures in _together(found).items()}
    ordered = [rows[key] for key in sorted(rows, key=lambda key: (list(SETUPS).index(key[0]), _mark(key[1])))]
    total, accepted, *bad = (sum(map(int, column)) for column in zip(*map(_counts, ordered), strict=True))
    told = {told.strip() for told in standing.strip().partition("\n")[0].partition(". ")[2].rstrip(".").split(";")}
    told |= {f"commit {each['commit']}, seed {each['seed']}, {each['machine']}" for each in found}
    sums = ", ".join(
        f"{name} {number}" for name, number in zip(("lost", "doubled", "missing", "stuck"), bad, strict=True)
    )
    summed = f"{total} injections, {accepted} pieces of work accepted: {sums}."
    put(FAULTS, f"{summed} {'; '.join(sorted(filter(None, told)))}.\n\n" + "\n".join([HEAD, *ordered]))


def _standing(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 2 and cells[1] in SETUPS:
            yield (cells[1], cells[2]), line


def _counts(row: str) -> list[str]:
    """N, accepted, lost, doubled, missing, stuck."""
    return [cell.strip() for cell in row.split("|")[3:9]]


def _together(found: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Figures]:
    """The turns of a fault in a set-up as one, with the last turn's note; set-ups and faults in order."""
    summed: dict[tuple[str, str], Figures] = {}
    for each in sorted(found, key=lambda each: (list(SETUPS).index(each["setup"]), _mark(each["fault"]))):
        one = summed.setdefault((each["setup"], each["fault"]), Figures(each["fault"]))
        for name in ("n", "accepted", "lost", "doubled", "missing", "stuck", "recoveries"):
            setattr(one, name, getattr(one, name) + each[name])
        one.note = each["note"]
    return summed


def _mark(fault: str) -> tuple[int, str]:
    return int(fault.split()[0].removeprefix("F")), fault


def put(marks: tuple[str, str], text: str) -> None:
    """Replace what stands between two marks in docs/reliability.md."""
    before, after = PAGE.read_text().split(marks[0])[0], PAGE.read_text().split(marks[1])[1]
    PAGE.write_text(f"{before}{marks[0]}\n{text}\n{marks[1]}{after}")


def commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def machine() -> str:
    return f"{os.cpu_count()} cores, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    highest = quantiles(seconds, n=20)[18] if len(seconds) > 1 else seconds[0]
    return f"{median(seconds):.1f} / {min(highest, max(seconds)):.1f} / {max(seconds):.1f}"


def read(path: Path) -> list[str]:
    return [text for text in path.read_text().splitlines() if text]
