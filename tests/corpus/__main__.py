"""`python -m tests.corpus [FOLDER]`: the made files, or a folder's, through upload, analysis and a picture of each.

--many N adds damaged ones by seed until there are N (mutations.py); --minutes M begins no file after that time.
--every N takes each Nth file only; --save FOLDER keeps the made ones there and ends.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.corpus.made import made
from tests.corpus.run import Canary, Outcomes, through
from tests.faults.suite.table import CORPUS, commit, machine, put


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # instances are closed on the way out
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=24 * 60.0)
    parser.add_argument("--skip", type=int, default=0, help="go on behind so many files")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--write", action="store_true", help="the table goes into docs/reliability.md")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zoetrope-corpus-") as folder, Canary(Path(folder)) as canary:
        files = _files(wanted.folder) if wanted.folder else made(Path(folder), canary=canary, many=wanted.many)
        if wanted.save:
            wanted.save.mkdir(parents=True, exist_ok=True)
            for number, (name, data) in enumerate(files):
                (wanted.save / f"{number:04d}{Path(name).suffix[:8]}").write_bytes(data)
            return 0
        chosen = (file for number, file in enumerate(files) if number >= wanted.skip and number % wanted.every == 0)
        outcomes: Outcomes = through(chosen, folder=Path(folder) / "instance", canary=canary, minutes=wanted.minutes)
    print(outcomes.table())
    if wanted.write:
        put(CORPUS, f"{outcomes.table()}\n\nCommit {commit()}, {machine()}.")
    return 0 if outcomes.sound else 1


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
