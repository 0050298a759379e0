"""What an instance costs while nobody wants anything from it, and what it does all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.instance import ROOT, Instance, wait_for

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("faults")]
MB = 1024


def test_the_supervisor_is_a_small_process_that_stops_everything_and_upkeep_needs_no_worker(tmp_path: Path) -> None:
    instance = Instance(tmp_path).start()
    try:
        assert instance._process is not None
        status = Path(f"/proc/{instance._process.pid}/status").read_text()
        resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        assert resident < 40 * MB
        workers = instance.workers()
        assert len(workers) == 2
        assert instance.stop().count("Stopped.") == 1
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
        _is_kept_up_without_a_worker(instance)
    finally:
        instance.close()


def _is_kept_up_without_a_worker(instance: Instance) -> None:
    """As on a host of role web: a process of its own removes what is old, until it is told to stop."""
    leftover = instance.folder / "scratch" / "dead.part"
    leftover.write_bytes(b"left by a crash")
    os.utime(leftover, (0, 0))
    upkeep = subprocess.Popen([sys.executable, "manage.py", "upkeep"], cwd=ROOT, env=instance.environment)
    try:
        wait_for(lambda: not leftover.exists(), seconds=60, what="the upkeep")
        upkeep.terminate()
        assert upkeep.wait(20) == 0
    finally:
        upkeep.kill()
        upkeep.wait()
