"""The warm server: has the codecs imported, holds no secrets and no network, and forks one confined child per job.

Started by server.py as `python -m animator.confine.warm CONTROL_FD NICE JOBS_MODULE`. Over the control socket come, per
job, one byte and two file descriptors:
- the channel: a request line from the client, then the child's progress and answer lines, all JSON;
- the watch: the server writes `{"alive": 1}` at every second, `{"exit": status}` when the child is gone, or
  `{"refused": errno}` when the system grants no process; and kills the child when the client shuts it.
The server ends, and all its children with it, when the control socket closes or its own parent dies.
"""

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import time
from types import FrameType

from animator import kernel
from animator.confine import isolation
from animator.confine.child import serve
from animator.confine.jobs import Job
from animator.confine.messages import send

PARENT_CHECK_SECONDS = 0.5
ALIVE_SECONDS = 1.0
PRELOADED = (
    *("animator.gif.encoder", "animator.webp.encoder", "animator.make.score", "animator.picture.tone_table"),
    *("animator.make.estimate", "animator.make.poster", "animator.read.probe"),
    *("PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.WebPImagePlugin"),
)


class WarmServer:
    def __init__(self, control: socket.socket, jobs: dict[str, Job]) -> None:
        self._control = control
        self._jobs = jobs
        self._parent = os.getppid()
        self._watches: dict[int, socket.socket] = {}
        self._alive_due = 0.0
        self._wakeup, wake = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        for readable in (self._control, self._wakeup):
            self._selector.register(readable, selectors.EVENT_READ)
        self._wakeup.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        signal.signal(signal.SIGCHLD, _do_nothing)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve until the client is gone."""
        try:
            while os.getppid() == self._parent and self._serve():
                continue
        finally:
            for pid in self._watches:
                _kill(pid)

    def _serve(self) -> bool:
        """One round; False when the client has gone."""
        ready: set[object] = {key.fileobj for key, _ in self._selector.select(PARENT_CHECK_SECONDS)}
        if self._wakeup in ready:
            self._wakeup.recv(4096)
        self._kill_abandoned(ready)
        self._reap()
        self._say_alive()
        return self._control not in ready or self._accept()

    def _accept(self) -> bool:
        """Fork a child for the next job; False when the client has closed the control socket."""
        try:
            note, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        except ConnectionError:
            return False
        if not note:
            return False
        channel, watch = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        try:
            pid = os.fork()
        except OSError as error:  # no memory or too many processes: the jobs that run already are not to die of it
            with channel, watch:
                send(watch, {"refused": error.errno})
            return True
        if pid == 0:
            self._become_child(channel)
        channel.close()
        watch.setblocking(False)  # a client that doesn't read holds nobody up
        send(watch, {"alive": 1})
        self._watches[pid] = watch
        self._selector.register(watch, selectors.EVENT_READ)
        return True

    def _become_child(self, channel: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        kept = channel.detach()
        os.closerange(3, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
        serve(socket.socket(fileno=kept), self._jobs)

    def _kill_abandoned(self, ready: set[object]) -> None:
        for pid, watch in self._watches.items():
            if watch in ready:
                _kill(pid)

    def _say_alive(self) -> None:
        if time.monotonic() >= self._alive_due:
            self._alive_due = time.monotonic() + ALIVE_SECONDS
            for watch in self._watches.values():
                send(watch, {"alive": 1})

    def _reap(self) -> None:
        for pid, watch in list(self._watches.items()):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                del self._watches[pid]
                self._selector.unregister(watch)
                _kill_group(pid)
                send(watch, {"exit": os.waitstatus_to_exitcode(status)})
                watch.close()


def _kill(pid: int) -> None:
    _kill_group(pid)
    os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    """What a child has started itself; the group may not exist (yet, or any more)."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _do_nothing(_signal: int, _frame: FrameType | None) -> None:
    """A handler must exist for the wake-up socket to be written to."""


def preload() -> None:
    """Import what a job may import, so that its child finds it done."""
    for module in PRELOADED:
        importlib.import_module(module)
    kernel.available()


def main(control_fd: int, nice: int, module: str, *, preloaded: bool = True) -> None:
    """Serve until the client is gone, with the JOBS of `module`.

    With `preloaded` everything that any job may need is imported first, which pays when many jobs follow.
    """
    control = socket.socket(fileno=control_fd)
    gc.disable()  # what is imported stays: there is nothing to find in it, neither here nor in the children
    jobs: dict[str, Job] = importlib.import_module(module).JOBS
    if preloaded:
        preload()
        gc.collect()
    gc.freeze()
    gc.enable()
    levels = isolation.enclose(nice=nice)
    send(control, {"levels": levels})
    WarmServer(control, jobs).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
