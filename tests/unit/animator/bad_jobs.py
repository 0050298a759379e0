"""Jobs that misbehave on purpose, for the tests of the sandbox (Sandbox(jobs="tests.unit.animator.bad_jobs"))."""

import ctypes
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from animator.confine.jobs import Arguments, Job, OnProgress
from animator.core.errors import InvalidTimeOffset


def _echo(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    on_progress(0.5)
    time.sleep(arguments.get("seconds", 0))
    return {"pid": os.getpid(), **arguments}


def _segfault(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    ctypes.string_at(0)
    return {}


def _stop(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    os.kill(os.getpid(), signal.SIGSTOP)
    return {}


def _spin(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    """Tells its pid by a file, then stays busy for ever, getting further all the time."""
    if "pid_file" in arguments:
        Path(arguments["pid_file"]).write_text(str(os.getpid()))
    while True:
        on_progress(time.monotonic() % 1)


def _have_child(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    if os.fork() == 0:
        return _spin(arguments, on_progress)
    while True:
        time.sleep(1)


def _eat_memory(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def _refuse(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    raise InvalidTimeOffset("The start must come before the end.")


def _fail(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    raise RuntimeError("a bug of ours")


def _babble(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    channel = next(fd for fd in range(3, 64) if _is_socket(fd))
    os.write(channel, b"\xff not JSON\n")
    time.sleep(60)
    return {}


def _write_much(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    with open(arguments["target"], "wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    return {}


def _attempts(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    """What a decoder that was taken over would try: each value is "done" or the error's name."""
    return {
        "reads": {path: _outcome(lambda path=path: Path(path).read_bytes()) for path in arguments["read"]},
        "writes": {path: _outcome(lambda path=path: Path(path).write_bytes(b"x")) for path in arguments["write"]},
        "connects": {str(port): _outcome(lambda port=port: _connect(port)) for port in arguments["connect"]},
        "environment": sorted(os.environ),
    }


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()


def _outcome(attempt: Any) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def _is_socket(descriptor: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
    except OSError:
        return False


JOBS: dict[str, Job] = {
    "echo": _echo,
    "segfault": _segfault,
    "stop": _stop,
    "spin": _spin,
    "have_child": _have_child,
    "eat_memory": _eat_memory,
    "refuse": _refuse,
    "fail": _fail,
    "babble": _babble,
    "write_much": _write_much,
    "attempts": _attempts,
}
