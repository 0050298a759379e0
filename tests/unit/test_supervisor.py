"""The supervisor outlives what it can't start."""

import time
from pathlib import Path

from config.start.supervisor import LONGEST_PAUSE, Child


def test_a_process_that_cannot_be_started_now_is_tried_again_later(tmp_path: Path) -> None:
    program = tmp_path / "program"
    child = Child("web 1", [str(program)], start_at=0.0)
    child.look_after()
    assert child.process is None
    assert time.monotonic() < child.start_at < time.monotonic() + LONGEST_PAUSE
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)
    child.start_at = 0.0
    child.look_after()
    assert child.process is not None
    child.process.kill()
    child.process.wait()
