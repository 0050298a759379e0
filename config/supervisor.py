"""Keeping the processes of one host alive, and stopping them together.

Children are restarted with back-off. SIGTERM or Ctrl-C stops all of them cleanly: workers hand their jobs back. Should
this process itself be killed, the children die with it; leases bring their jobs back.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

from animator.confine.isolation import die_with_parent

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0  # seconds between two restarts
STEADY = 60.0  # a child that lived this long starts afresh with the shortest pause
POLL = 0.2


@dataclass
class Child:
    """One process: its name for the log, its command, what its environment has more, and when it may start again."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    pause: float = 1.0
    start_at: float = 0.0
    started: float = field(default=0.0)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the children in good order.
        self.process = subprocess.Popen(  # noqa: S603  our own interpreter, our own arguments
            self.command,
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
        self.started = time.monotonic()

    def look_after(self) -> None:
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.pause = 1.0 if time.monotonic() - self.started > STEADY else min(self.pause * 2, LONGEST_PAUSE)
        log.warning("%s ended with %s; starting it again in %.0f s", self.name, code, self.pause)
        self.process, self.start_at = None, time.monotonic() + self.pause

    def stop(self, *, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time; killed", self.name)
            self.process.kill()
            self.process.wait()


class Supervisor:
    def __init__(self, children: Sequence[Child], *, grace: float) -> None:
        self._children = children
        self._grace = grace
        self._stopping = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT; returns when every child has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping:
            for child in self._children:
                child.look_after()
            time.sleep(POLL)
        self._end_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _end_all(self) -> None:
        for child in self._children:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + self._grace
        for child in self._children:
            child.stop(deadline=deadline)
