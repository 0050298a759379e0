"""Keeping the processes of one host alive, and stopping them together.

Run as a program by its path (`supervise`), so that it needs no more than the standard library: what sets everything up
is a hundred megabytes of Django, which nobody needs while others work.

Children are restarted with back-off. SIGTERM or Ctrl-C stops all of them cleanly: workers hand their jobs back. SIGUSR1
replaces the web processes one after the other, and nobody is turned away meanwhile. Should this process itself be
killed, the children die with it; leases bring their jobs back. Of a worker that died the database is told at once
(`manage.py workerended`), so that its jobs needn't wait for that.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from animator.confine.isolation import die_with_parent
from applications.tracing import JsonLines

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0  # seconds between two restarts
STEADY = 60.0  # a child that lived this long starts afresh with the shortest pause
SETTLED = 5.0  # a child that lived this long is up: the next can be replaced
POLL = 0.2
OBITUARY_SECONDS = 60.0
FIRST_ANSWER = 120.0  # seconds that the web server may take to set itself up


@dataclass
class Child:
    """One process: its name for the log, its command, what its environment has more, and when it may start again.

    Fields:
        descriptors: open files that it inherits
        replaceable: whether SIGUSR1 is meant for it, too
        leave_by: when it must have made room for its successor; None while it isn't asked to
        obituary: a command that is told the id of a process that died instead of being asked to stop
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()
    replaceable: bool = False
    obituary: Sequence[str] = ()
    leave_by: float | None = None
    process: subprocess.Popen[bytes] | None = None
    pause: float = 1.0
    start_at: float = 0.0
    started: float = field(default=0.0)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the children in good order.
        self.started = time.monotonic()
        try:
            self.process = subprocess.Popen(  # noqa: S603  our own interpreter, our own arguments
                self.command,
                env={**os.environ, **self.environment},
                pass_fds=self.descriptors,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()),
            )
        except OSError as error:  # no memory, no room for a process: the others needn't end for it
            self._put_off(f"can't be started ({error.strerror})")

    def look_after(self) -> None:
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            self._hurry()
            return
        if self.leave_by is not None:
            self.leave_by = None
            self.start()
            return
        if self.obituary:
            threading.Thread(target=self._tell, args=(self.process.pid,), daemon=True).start()
        self._put_off(f"ended with {code}")

    def _put_off(self, why: str) -> None:
        self.pause = 1.0 if time.monotonic() - self.started > STEADY else min(self.pause * 2, LONGEST_PAUSE)
        log.warning("%s %s; starting it again in %.0f s", self.name, why, self.pause)
        self.process, self.start_at = None, time.monotonic() + self.pause

    def _tell(self, pid: int) -> None:
        with suppress(subprocess.TimeoutExpired):
            subprocess.run([*self.obituary, str(pid)], timeout=OBITUARY_SECONDS, check=False)  # noqa: S603  our own

    def replace(self, *, grace: float) -> None:
        """Ask it to go; `look_after` starts its successor."""
        if self.process is not None:
            self.process.terminate()
            self.leave_by = time.monotonic() + grace

    def is_settled(self) -> bool:
        return self.process is not None and self.leave_by is None and time.monotonic() - self.started > SETTLED

    def _hurry(self) -> None:
        if self.leave_by is not None and self.process is not None and time.monotonic() > self.leave_by:
            self.process.kill()

    def stop(self, *, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time; killed", self.name)
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True)
class Greeting:
    """What is printed once the web server answers: before, an address that is shown leads nowhere yet."""

    host: str
    port: int
    says: str

    def when_it_answers(self) -> None:
        deadline = time.monotonic() + FIRST_ANSWER
        while time.monotonic() < deadline:
            asked = HTTPConnection(self.host, self.port, timeout=FIRST_ANSWER)
            try:
                asked.request("GET", "/livez")
                asked.getresponse()
            except (OSError, HTTPException):
                time.sleep(POLL)
                continue
            finally:
                asked.close()
            print(self.says, flush=True)  # noqa: T201
            return


class Supervisor:
    def __init__(self, children: Sequence[Child], *, grace: float) -> None:
        self._children = children
        self._grace = grace
        self._stopping = False
        self._to_replace: deque[Child] = deque()
        self._leaving: Child | None = None

    def run(self) -> None:
        """Until SIGTERM or SIGINT; returns when every child has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGUSR1, self._replace)
        while not self._stopping:
            for child in self._children:
                child.look_after()
            self._turn_over()
            time.sleep(POLL)
        self._end_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _replace(self, number: int, frame: FrameType | None) -> None:
        self._to_replace.extend(child for child in self._children if child.replaceable)

    def _turn_over(self) -> None:
        """One at a time: the others go on taking clients."""
        if self._leaving is not None and self._leaving.is_settled():
            self._leaving = None
        if self._leaving is None and self._to_replace:
            self._leaving = self._to_replace.popleft()
            self._leaving.replace(grace=self._grace)

    def _end_all(self) -> None:
        for child in self._children:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + self._grace
        for child in self._children:
            child.stop(deadline=deadline)


def supervise(children: Sequence[Child], *, grace: float, greeting: Greeting | None = None) -> NoReturn:
    """This process becomes the supervisor of `children`, under the same process id."""
    for descriptor in {one for child in children for one in child.descriptors}:
        os.set_inheritable(descriptor, True)
    told = {
        "grace": grace,
        "children": [_told(child) for child in children],
        "greeting": asdict(greeting) if greeting else None,
    }
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: not this folder, whose modules are named as others' packages
    os.execv(sys.executable, [sys.executable, "-P", __file__, "runconsole", json.dumps(told)])  # noqa: S606


def _told(child: Child) -> dict[str, Any]:
    names = ("name", "command", "environment", "descriptors", "replaceable", "obituary")
    return {name: getattr(child, name) for name in names}


def main() -> None:
    told = json.loads(sys.argv[2])
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    if os.environ.get("ZOETROPE_LOG_FORMAT") == "json":
        logging.getLogger().handlers[0].setFormatter(JsonLines())
    if told["greeting"]:
        threading.Thread(target=Greeting(**told["greeting"]).when_it_answers, daemon=True).start()
    Supervisor([Child(**one) for one in told["children"]], grace=told["grace"]).run()
    print("Stopped. Jobs under way were handed back and go on at the next start.", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
