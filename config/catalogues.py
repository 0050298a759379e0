"""Compiles the translations: `python -m config.catalogues`. What is compiled isn't kept in git; `make setup` does it.

In pure Python, so that a machine which only runs Zoetrope needs no gettext; `make messages`, which gathers the texts
from the sources, does.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("console/templates/locale", "console/locale", "animator/locale")
LANGUAGES = ("ko", "zh_Hans")


def catalogues(root: Path = ROOT) -> Iterator[Path]:
    """Every .po file, in a steady order."""
    for folder in FOLDERS:
        for language in LANGUAGES:
            yield from sorted((root / folder / language / "LC_MESSAGES").glob("*.po"))


def compile_all(root: Path = ROOT) -> None:
    """Those whose source is newer. Two at once do no harm: it ends with a rename."""
    for source in catalogues(root):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=".compiled-")
    os.close(handle)
    try:
        polib.pofile(str(source)).save_as_mofile(scratch)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(target)
    finally:
        Path(scratch).unlink(missing_ok=True)


if __name__ == "__main__":
    compile_all()
