"""A forked child of this process, with those methods of subprocess.Popen that server.py calls."""

import os
import signal


class Forked:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, as subprocess tells it; None while it lives."""
        return self._waited(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for its end."""
        return self._waited(0)

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _waited(self, how: int) -> int | None:
        if self.returncode is None:
            gone, status = os.waitpid(self.pid, how)
            self.returncode = os.waitstatus_to_exitcode(status) if gone else None
        return self.returncode
