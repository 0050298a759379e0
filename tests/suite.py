"""pytest, and what failed beside others once more alone: `python -m tests.suite` with pytest's own arguments.

Many tests start whole instances and stop, starve and kill them; two of those on two cores can keep a third from its
turn for longer than any bound that would still say something. A few that fail so get a second run with the machine to
themselves. What fails there has failed; what holds there is named at the end as unsteady, for somebody to find out why:
such a failure was more often a fault of ours. More than a few, or a run that broke off, has failed at once.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

MOST = 3
_TESTS_FAILED = 1  # pytest's exit status; any other means that the run itself went wrong


def main(arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory() as cache:
        status = _pytest(cache, *arguments)
        failed = _failed(Path(cache))
        if status != _TESTS_FAILED or not 0 < len(failed) <= MOST:
            return status
        print(f"\n{len(failed)} failed beside others: once more, alone.", flush=True)
        status = _pytest(cache, "-n0", "-p", "no:randomly", *failed)
        if status == 0:
            print("\nUNSTEADY, failed beside others and held alone; find out why:", *failed, sep="\n  ", flush=True)
        return status


def _pytest(cache: str, *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-o", f"cache_dir={cache}", *arguments], check=False
    ).returncode


def _failed(cache: Path) -> list[str]:
    """Names as pytest takes them, without the group that xdist puts behind them; [] when it kept none."""
    kept = cache / "v/cache/lastfailed"
    return sorted(re.sub(r"@\w+$", "", name) for name in json.loads(kept.read_text())) if kept.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
