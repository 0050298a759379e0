"""pytest, and what failed beside others once more alone: `python -m tests.suite` with pytest's own arguments.

Many tests start whole instances and stop, starve and kill them; two of those on two cores can keep a third from its
turn for longer than any bound that would still say something. A few that fail so get a second run with the machine to
themselves. What fails there has failed; what holds there is named at the end as unsteady, for somebody to find out why:
such a failure was more often a fault of ours. More than a few, or a run that broke off, has failed at once.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

MOST = 3
_TESTS_FAILED = 1  # pytest's exit status; any other means that the run itself went wrong


class Run:
    """pytest with `arguments`, begun at once, with `more` in its environment; what it says is kept while `silent`."""

    def __init__(self, *arguments: str, silent: bool = False, **more: str) -> None:
        self._environment = {**os.environ, **more}
        self._folder = tempfile.TemporaryDirectory()
        self._said = Path(self._folder.name, "said") if silent else None
        if self._said is None:
            self._process = self._pytest(*arguments)
        else:
            with self._said.open("wb") as said:
                self._process = self._pytest(*arguments, output=said)

    def wait(self) -> int:
        """pytest's exit status, when it has ended and what it said in silence has been told."""
        status = self._process.wait()
        if self._said is not None:
            print(self._said.read_text(errors="replace"), flush=True)
            self._said = None
        return status

    def outcome(self) -> int:
        """To be asked when nothing runs beside it: what it ended with, when a few that failed have had a second run."""
        with self._folder:
            status = self.wait()
            failed = self._failed()
            if status != _TESTS_FAILED or not 0 < len(failed) <= MOST:
                return status
            print(f"\n{len(failed)} failed beside others: once more, alone.", flush=True)
            status = self._pytest("-n0", "-p", "no:randomly", *failed).wait()
            if status == 0:
                print("\nUNSTEADY, failed beside others and held alone; find out why:", *failed, sep="\n  ", flush=True)
            return status

    def _pytest(self, *arguments: str, output: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={self._folder.name}", *arguments]
        return subprocess.Popen(command, env=self._environment, stdout=output, stderr=output)

    def _failed(self) -> list[str]:
        """Names as pytest takes them, without the group that xdist puts behind them; [] when it kept none."""
        kept = Path(self._folder.name) / "v/cache/lastfailed"
        return sorted(re.sub(r"@\w+$", "", name) for name in json.loads(kept.read_text())) if kept.exists() else []


def outcome(runs: Sequence[Run]) -> int:
    """0 when all that run side by side held."""
    for run in runs:
        run.wait()
    return next(filter(None, [run.outcome() for run in runs]), 0)


if __name__ == "__main__":
    sys.exit(outcome([Run(*sys.argv[1:])]))
