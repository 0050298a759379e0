"""docs/performance.md and others like it: sections, each written by one benchmark; the others stay as they are."""

import subprocess
from pathlib import Path

NAME = "performance.md"
_TITLE = "# Performance\n"
_SECTION = "\n## "


def commit() -> str:
    """What is measured, for the figures' foot; with "-dirty" where something isn't committed."""
    described = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(described, cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()


def write_section(docs: Path, title: str, text: str, *, page: str = NAME) -> None:
    """Put the section `title` in place of the one of that name, or at the end. The folder must exist."""
    path = docs / page
    head, *parts = (path.read_text() if path.exists() else _TITLE).split(_SECTION)
    sections = {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}
    sections[title] = f"\n{text.strip()}\n"
    path.write_text(head + "".join(f"{_SECTION}{name}\n{body}" for name, body in sections.items()))
