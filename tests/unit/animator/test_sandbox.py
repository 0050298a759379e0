"""The sandbox against jobs that misbehave on purpose (bad_jobs.py)."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from animator.confine import landlock, supervision
from animator.confine.messages import send
from animator.confine.sandbox import Sandbox
from animator.core.errors import (
    EngineError,
    InvalidTimeOffset,
    ResultTooLarge,
    SandboxCrashed,
    SandboxKilled,
    SandboxLimitExceeded,
    SandboxLost,
    SourceFileError,
)
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from tests.unit.animator.clips import render

BAD_JOBS = "tests.unit.animator.bad_jobs"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(jobs=BAD_JOBS)
    yield made
    made.close()


class Cancelled(Exception):
    pass


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_job_answers_and_its_progress_is_told_in_the_callers_thread(sandbox: Sandbox) -> None:
    ticks: list[tuple[float, int]] = []
    look = lambda done: ticks.append((done, threading.get_ident()))  # noqa: E731
    answer = sandbox.run("echo", {"a": [1], "seconds": 0.5}, on_tick=look, tick_seconds=0.05)
    assert answer["a"] == [1]
    assert answer["pid"] != os.getpid()
    assert ticks[-1][0] == 0.5
    assert {thread for _, thread in ticks} == {threading.get_ident()}


def test_a_child_that_segfaults_is_reported_with_its_signal_and_the_next_job_works(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxCrashed, match="SIGSEGV") as caught:
        sandbox.run("segfault", {})
    assert caught.value.signal == signal.SIGSEGV
    assert caught.value.code == "SourceFileError.ContentMalformed"
    assert sandbox.run("echo", {})["pid"]


def test_a_child_that_hangs_is_killed_after_the_stall_limit() -> None:
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(stall_seconds=1.0))
    sandbox.isolation_level()
    began = time.monotonic()
    try:
        with pytest.raises(SandboxLimitExceeded, match=r"no progress for 1 s") as caught:
            sandbox.run("stop", {})
    finally:
        sandbox.close()
    assert caught.value.limit == "stall"
    assert time.monotonic() - began < 15


def test_a_child_that_never_ends_is_killed_after_the_wall_limit() -> None:
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(wall_seconds=0.5))
    try:
        with pytest.raises(SandboxLimitExceeded, match=r"longer than the 0\.5 s") as caught:
            sandbox.run("spin", {})
    finally:
        sandbox.close()
    assert caught.value.limit == "wall"


def test_a_child_that_burns_cpu_is_stopped_by_the_kernel() -> None:
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(cpu_seconds=1))
    try:
        with pytest.raises(SandboxLimitExceeded) as caught:
            sandbox.run("spin", {})
    finally:
        sandbox.close()
    assert caught.value.limit == "cpu"


def test_a_memory_bomb_meets_its_limit() -> None:
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(memory_bytes=1 << 29))
    try:
        with pytest.raises(SandboxLimitExceeded, match="512 MiB") as caught:
            sandbox.run("eat_memory", {})
    finally:
        sandbox.close()
    assert caught.value.limit == "memory"


def test_a_deadline_that_a_library_sets_for_all_new_sockets_kills_no_child(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(channel: socket.socket, message: dict[str, Any]) -> None:
        time.sleep(0.2)  # so that the child waits for what it is to do
        send(channel, message)

    sandbox.run("echo", {})
    monkeypatch.setattr("animator.confine.sandbox.send", late)
    socket.setdefaulttimeout(5)
    try:
        assert sandbox.run("echo", {})["pid"]
    finally:
        socket.setdefaulttimeout(None)


def test_an_error_of_the_engine_comes_back_as_itself(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidTimeOffset, match=r"^The start must come before the end\.$"):
        sandbox.run("refuse", {})


def test_a_bug_in_the_child_comes_back_as_a_sentence_and_the_log_shows_it(capfd: pytest.CaptureFixture[str]) -> None:
    sandbox = Sandbox(jobs=BAD_JOBS)  # with a server that writes where this test looks
    with pytest.raises(EngineError) as caught:
        sandbox.run("fail", {})
    sandbox.close()
    assert str(caught.value) == "The engine failed at this file. The server's log has the details."
    assert caught.value.code == "InternalError"
    assert "a bug of ours" in capfd.readouterr().err


def test_a_child_that_sends_nonsense_counts_as_crashed(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxCrashed, match="nonsense"):
        sandbox.run("babble", {})


def test_a_file_that_grows_past_the_limit_is_refused_and_removed(tmp_path: Path) -> None:
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(max_output_bytes=1 << 20))
    try:
        with pytest.raises(ResultTooLarge):
            sandbox.run("write_much", {"target": str(tmp_path / "big")}, writable=[tmp_path])
    finally:
        sandbox.close()
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_ticks_come_every_tick_seconds_while_nothing_happens() -> None:
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(stall_seconds=1.05))
    ticks: list[float] = []
    sandbox.isolation_level()
    try:
        with pytest.raises(SandboxLimitExceeded):
            sandbox.run("stop", {}, on_tick=ticks.append, tick_seconds=0.1)
    finally:
        sandbox.close()
    assert 3 <= len(ticks) <= 14


def test_a_child_that_tells_much_is_looked_at_no_more_often_than_asked(sandbox: Sandbox) -> None:
    ticks: list[float] = []

    def look(done: float) -> None:
        ticks.append(done)
        if len(ticks) == 4:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        sandbox.run("spin", {}, on_tick=look, tick_seconds=0.2)
    assert time.monotonic() - began >= 0.6


def test_an_exception_of_on_tick_passes_through_and_leaves_no_child(sandbox: Sandbox, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def cancel(_: float) -> None:
        if pid_file.exists() and pid_file.read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        sandbox.run("spin", {"pid_file": str(pid_file)}, writable=[tmp_path], on_tick=cancel)
    assert not is_alive(int(pid_file.read_text()))


def test_what_a_child_has_started_itself_ends_with_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    sandbox = Sandbox(jobs=BAD_JOBS, limits=Limits(wall_seconds=1.0))
    with pytest.raises(SandboxLimitExceeded):
        sandbox.run("have_child", {"pid_file": str(pid_file)}, writable=[tmp_path])
    sandbox.close()
    assert wait_until(lambda: not is_alive(int(pid_file.read_text())))


def test_many_threads_share_one_sandbox(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: sandbox.run("echo", {"n": n})["n"], range(40)))
    assert answers == list(range(40))


def test_a_fork_of_the_process_gets_a_server_of_its_own(sandbox: Sandbox) -> None:
    sandbox.run("echo", {})
    mine = sandbox._server
    assert mine is not None
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()

    def in_fork() -> None:
        sandbox.run("echo", {})
        assert sandbox._server is not None
        queue.put(sandbox._server.process.pid)
        sandbox.close()

    fork = context.Process(target=in_fork)
    fork.start()
    assert queue.get() != mine.process.pid
    fork.join()
    assert sandbox.run("echo", {})["pid"]
    assert sandbox._server is mine


def test_a_server_that_was_killed_is_replaced(sandbox: Sandbox) -> None:
    sandbox.run("echo", {})
    assert sandbox._server is not None
    sandbox._server.process.kill()
    sandbox._server.process.wait()
    assert sandbox.run("echo", {})["pid"]


def _signalled(sandbox: Sandbox, number: signal.Signals) -> Callable[[float], None]:
    """A tick that does this to the server, as soon as its child works."""

    def tick(done: float) -> None:
        if done > 0 and sandbox._server is not None:
            os.kill(sandbox._server.process.pid, number)

    return tick


def test_a_server_that_is_killed_during_a_job_is_lost_and_not_the_jobs_fault(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxLost, match="died during the job"):
        sandbox.run("echo", {"seconds": 30}, on_tick=_signalled(sandbox, signal.SIGKILL), tick_seconds=0.05)
    assert sandbox.run("echo", {})["pid"]


def test_a_server_that_is_stopped_is_noticed_by_its_silence_and_replaced_with_its_children(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = tmp_path / "pid"
    sandbox.run("echo", {})
    assert sandbox._server is not None
    stopped = sandbox._server.process.pid
    monkeypatch.setattr(supervision, "SILENCE_SECONDS", 1.5)
    began = time.monotonic()
    with pytest.raises(SandboxLost, match="no sign of life"):
        sandbox.run(
            "spin",
            {"pid_file": str(pid_file)},
            writable=[tmp_path],
            on_tick=_signalled(sandbox, signal.SIGSTOP),
            tick_seconds=0.05,
        )
    assert time.monotonic() - began < 10
    assert wait_until(lambda: not is_alive(stopped) and not is_alive(int(pid_file.read_text())))
    assert sandbox.run("echo", {})["pid"]


def test_a_server_that_lives_is_not_silent_however_long_the_job_says_nothing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.run("echo", {})
    monkeypatch.setattr(supervision, "SILENCE_SECONDS", 1.5)
    assert sandbox.run("echo", {"seconds": 2.5})["pid"]


def test_a_worker_that_was_stopped_itself_takes_no_server_for_silent(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after SIGSTOP or a suspended machine: `on_tick` stands for the time in which nobody could listen."""
    sandbox.run("echo", {})
    monkeypatch.setattr(supervision, "SILENCE_SECONDS", 1.5)
    slept = iter([2.0])
    answer = sandbox.run("echo", {"seconds": 0.5}, on_tick=lambda _: time.sleep(next(slept, 0)), tick_seconds=0.05)
    assert answer["pid"]


def test_a_child_that_the_system_kills_is_no_damaged_file_but_a_matter_of_memory(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"

    def shortage(done: float) -> None:
        if pid_file.exists() and pid_file.read_text():
            os.kill(int(pid_file.read_text()), signal.SIGKILL)

    with pytest.raises(SandboxKilled, match="memory") as caught:
        sandbox.run("spin", {"pid_file": str(pid_file)}, writable=[tmp_path], on_tick=shortage, tick_seconds=0.05)
    assert caught.value.code == "InternalError"
    assert sandbox.run("echo", {})["pid"]


def test_no_process_outlives_a_worker_that_was_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"""
        from pathlib import Path
        from animator.confine.sandbox import Sandbox
        sandbox = Sandbox(jobs="{BAD_JOBS}")
        sandbox.isolation_level()
        print(sandbox._server.process.pid, flush=True)
        sandbox.run("spin", {{"pid_file": "{pid_file}"}}, writable=[Path("{tmp_path}")])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        server = int(worker.stdout.readline())
        assert wait_until(lambda: pid_file.exists() and pid_file.read_text() != "", 20)
        worker.kill()
    child = int(pid_file.read_text())
    assert wait_until(lambda: not is_alive(child) and not is_alive(server), 10)


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_child_reaches_its_own_files_and_no_others(sandbox: Sandbox, tmp_path: Path, listener: int) -> None:
    if landlock.version() == 0:
        pytest.skip("this kernel has no Landlock")
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    source, secret = outside / "source", outside / "secret"
    source.write_bytes(b"clip")
    secret.write_bytes(b"key")
    tries = {
        "read": [str(source), str(secret), "/etc/passwd"],
        "write": [str(inside / "out"), str(outside / "out"), str(source)],
        "connect": [listener],
    }
    answer = sandbox.run("attempts", tries, readable=[source], writable=[inside])
    assert list(answer["reads"].values()) == ["done", "PermissionError", "PermissionError"]
    assert list(answer["writes"].values()) == ["done", "PermissionError", "PermissionError"]
    assert answer["connects"][str(listener)] != "done"


def test_a_child_may_write_its_target_but_nothing_beside_it(sandbox: Sandbox, tmp_path: Path) -> None:
    if landlock.version() == 0:
        pytest.skip("this kernel has no Landlock")
    target, neighbour = tmp_path / "mine", tmp_path / "anothers"
    target.touch()
    neighbour.write_bytes(b"theirs")
    tries = {"read": [str(neighbour)], "write": [str(target), str(neighbour), str(tmp_path / "new")], "connect": []}
    answer = sandbox.run("attempts", tries, writable=[target])
    assert list(answer["writes"].values()) == ["done", "PermissionError", "PermissionError"]
    assert list(answer["reads"].values()) == ["PermissionError"]
    assert neighbour.read_bytes() == b"theirs"


def test_a_refused_order_leaves_an_older_picture_alone(tmp_path: Path) -> None:
    source, target = render(tmp_path / "clip.mp4"), tmp_path / "out.gif"
    target.write_bytes(b"an older picture")
    sandbox = Sandbox()
    try:
        with pytest.raises(InvalidTimeOffset):
            sandbox.animate(source, target, Order(spec=AnimationSpec(format="gif", fps=10), start=9))
        assert target.read_bytes() == b"an older picture"
        with pytest.raises(InvalidTimeOffset):
            sandbox.animate(source, tmp_path / "new.gif", Order(spec=AnimationSpec(format="gif", fps=10), start=9))
    finally:
        sandbox.close()
    assert not (tmp_path / "new.gif").exists()


def test_a_child_inherits_no_secrets_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOETROPE_SECRET_KEY", "hidden")
    sandbox = Sandbox(jobs=BAD_JOBS)
    try:
        answer = sandbox.run("attempts", {"read": [], "write": [], "connect": []})
    finally:
        sandbox.close()
    assert "ZOETROPE_SECRET_KEY" not in answer["environment"]


def test_the_level_of_isolation_can_be_shown(sandbox: Sandbox) -> None:
    assert "limits" in sandbox.isolation_level()


def test_a_clip_goes_through_the_real_jobs(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4")
    sandbox = Sandbox()
    progress: list[float] = []
    try:
        facts = sandbox.analyse(source, tmp_path / "poster.jpg")
        result = sandbox.animate(
            source,
            tmp_path / "out.webp",
            Order(spec=AnimationSpec(format="webp", fps=10), start=-1),
            on_tick=progress.append,
            tick_seconds=0.001,
        )
        with pytest.raises(SourceFileError):
            sandbox.animate(
                tmp_path / "none.mp4", tmp_path / "none.webp", Order(spec=AnimationSpec(format="webp", fps=10))
            )
    finally:
        sandbox.close()
    assert (facts.width, facts.height, facts.duration) == (128, 96, 2.0)
    assert (tmp_path / "poster.jpg").stat().st_size > 500
    assert (result.frames, result.duration, result.start, result.end) == (10, 1.0, 1.0, 2.0)
    assert result.size == (tmp_path / "out.webp").stat().st_size
    assert 0 < progress[-1] <= 1.0
    assert progress == sorted(progress)
    assert not (tmp_path / "none.webp").exists()
