"""A server that is a fork of its client, as the command line has it, and where that must not be."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from animator.confine.sandbox import Sandbox
from animator.core.order import AnimationSpec, Order
from tests.unit.animator.clips import render
from tests.unit.animator.test_sandbox import BAD_JOBS, ROOT, is_alive


def test_a_forked_server_keeps_no_secrets_either_and_leaves_no_process() -> None:
    """In a process without threads, as the command line is one."""
    script = f"""
        import json
        from animator.confine.sandbox import Sandbox
        sandbox = Sandbox(forked=True, jobs={BAD_JOBS!r})
        answer = sandbox.run("attempts", {{"read": [], "write": [], "connect": []}})
        assert type(sandbox._server.process).__name__ == "Forked"
        pid = sandbox._server.process.pid
        sandbox.close()
        print(json.dumps([pid, list(sandbox.isolation_level()), list(answer["environment"])]))
        sandbox.close()
    """
    environment = os.environ | {"ZOETROPE_SECRET_KEY": "hidden", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    pid, levels, names = json.loads(done.stdout)
    assert "limits" in levels
    assert "ZOETROPE_SECRET_KEY" not in names
    assert not is_alive(pid)


def test_a_process_with_codecs_or_threads_gets_a_server_of_its_own_interpreter(tmp_path: Path) -> None:
    """A fork of this one, in which FFmpeg runs, might wait for ever for locks of threads that it doesn't have."""
    source = render(tmp_path / "clip.mp4")
    sandbox = Sandbox(forked=True)
    try:
        sandbox.animate(source, tmp_path / "out.gif", Order(spec=AnimationSpec(format="gif", fps=10)))
        assert sandbox._server is not None
        assert isinstance(sandbox._server.process, subprocess.Popen)
    finally:
        sandbox.close()
