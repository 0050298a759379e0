"""The matrix of docs/compatibility.md: client × version × what it is for."""

import json
from itertools import groupby

from tests.clients.pinned import COLUMNS, PLACE, pinned
from tests.faults.instance import ROOT

MARK = "<!-- clients -->"  # the registry's part of the page ends there
FOUND = PLACE / "found.json"
PAGE = ROOT / "docs" / "compatibility.md"
Faults = dict[tuple[str, str, str], str]
HEAD = f"""\
## Clients

Written by `make clients`, which installs each release for itself and runs it, unmodified, against a running server.
✓: it worked, byte by byte; ✗: it didn't; –: not what this client is for, or not run. What runs in Chromium is on a
customer's page, of another origin. **Resume** goes on after a break with what had arrived; **multipart** of tus clients
is `parallelUploads`, three pieces at once; a **stream**'s length is told last.

| client | version | {" | ".join(COLUMNS)} |
|---|---|{"---|" * len(COLUMNS)}
"""


def table(faults: Faults) -> str:
    """Markdown; `faults` has "" for what worked."""
    lines = []
    for one in pinned():
        marks = [_mark(faults.get((one.title, one.version, column))) for column in COLUMNS]
        lines.append(f"| {one.title} | {one.version} | {' | '.join(marks)} |")
    return HEAD + "\n".join(lines) + "\n" + _left_out()


def _left_out() -> str:
    """What can't be run or shown here, and why."""
    clients = [next(releases) for _, releases in groupby(pinned(), key=lambda one: one.title)]
    lines = [f"- {one.title} {which}: {why}" for one in clients for which, why in one.left_out.items()]
    return "\nNot run, or not shown:\n\n" + "\n".join(lines) + "\n" if lines else ""


def found() -> Faults:
    """What earlier runs found."""
    told = json.loads(FOUND.read_text()) if FOUND.exists() else []
    return {(title, version, column): fault for (title, version, column), fault in told}


def write(faults: Faults) -> None:
    FOUND.write_text(json.dumps(list(faults.items())))
    before = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(f"{before}{MARK}\n{table(faults)}")


def _mark(fault: str | None) -> str:
    return "–" if fault is None else "✗" if fault else "✓"
