"""The client's handle on the warm server (warm.py): start it, ask it for children, end it."""

import contextlib
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from animator.confine.forked import Forked
from animator.confine.messages import Inbox

if TYPE_CHECKING:
    import subprocess

# All that a child may know of its parent's environment: no password, key or address of a database is among it.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
START_SECONDS = 60.0
STOP_SECONDS = 5.0
_PAUSE = 0.002  # between two looks whether it has ended


class ServerGone(Exception):
    """The warm server has died; a new one has to be started."""


@dataclass(slots=True)
class ServerHandle:
    """Children can be asked for at once; they come when the server is ready."""

    control: socket.socket
    process: "subprocess.Popen[bytes] | Forked"
    proven: bool = False  # it has carried out a job, so its codecs are imported
    _levels: tuple[str, ...] = ()

    @classmethod
    def start(cls, *, nice: int, jobs: str) -> "ServerHandle":
        """Doesn't wait for the server, which takes some tenths of a second to import the codecs."""
        import subprocess  # which the command line, a process that forks, has no need of

        ours, theirs = _pair()
        command = [sys.executable, "-P", "-m", "animator.confine.warm", str(theirs.fileno()), str(nice), jobs]
        with theirs:
            process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own arguments)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                start_new_session=True,
            )
        return cls(ours, process)

    @classmethod
    def fork(cls, *, nice: int, jobs: str) -> "ServerHandle":
        """For a process that can_fork and has one job to do: spares it the start of a second interpreter."""
        ours, theirs = _pair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _become_server(theirs, nice=nice, jobs=jobs)
        theirs.close()
        return cls(ours, Forked(pid))

    def levels(self) -> tuple[str, ...]:
        """What the server's children are held by (isolation.py). Raises ServerGone when it doesn't come up."""
        self._levels = self._levels or _greeting(self.control, self.process)
        return self._levels

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def fork_child(self) -> tuple[socket.socket, socket.socket]:
        """A new child's channel and watch (warm.py). Raises ServerGone."""
        channel, its_channel = _pair()
        watch, its_watch = _pair()
        try:
            with its_channel, its_watch:
                socket.send_fds(self.control, [b"j"], [its_channel.fileno(), its_watch.fileno()])
        except OSError as error:
            channel.close()
            watch.close()
            raise ServerGone from error
        return channel, watch

    def kill(self) -> None:
        """End it at once, whether or not it can hear; its children die with it."""
        self.process.kill()
        self.process.wait()
        self.control.close()

    def close(self) -> None:
        """End it and its children."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        self.control.close()
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        self.process.kill()
        self.process.wait()


def _pair() -> tuple[socket.socket, socket.socket]:
    """Both ends wait as long as it takes.

    Another thread's library may just now have given all new sockets of this process a deadline (kombu does while it
    drops a broken connection). The kernel keeps that with the socket: the child, whose end it becomes, would find
    nothing in it yet, and die of that.
    """
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(None)
    return ends


def can_fork() -> bool:
    """Whether a fork of this process could work: other threads may hold locks that nobody would ever release in it.

    With the codec libraries loaded the answer is no: they may have had threads, and don't tell what those left behind.
    """
    tasks = Path("/proc/self/task")
    return "av" not in sys.modules and tasks.is_dir() and len(list(tasks.iterdir())) == 1


def _become_server(control: socket.socket, *, nice: int, jobs: str) -> NoReturn:
    """Never returns into the client's code."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        environment = _environment()
        os.environ.clear()
        os.environ.update(environment)
        # Only the server lets codec libraries in.
        from animator.confine import warm

        warm.main(control.detach(), nice, jobs, preloaded=False)
        os._exit(0)
    finally:
        os._exit(1)


def _environment() -> dict[str, str]:
    """One thread for OpenBLAS, because a process with threads can't be forked safely."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join([package, *(entry for entry in sys.path if entry)])
    return {**passed, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _greeting(control: socket.socket, process: "subprocess.Popen[bytes] | Forked") -> tuple[str, ...]:
    control.settimeout(START_SECONDS)
    inbox = Inbox(control)
    with contextlib.suppress(TimeoutError):
        while not inbox.closed:
            for message in inbox.receive():
                control.settimeout(None)
                return tuple(message["levels"])
    process.kill()
    process.wait()
    control.close()
    raise ServerGone(f"the warm server didn't start (exit status {process.returncode})")
