"""Worker hosts on this machine: network namespaces with a name, a data folder, and perhaps a clock, of their own."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.instance import ROOT
from tests.faults.proxy import proxy

STOPS = 60.0  # seconds that a host's processes have to end


class Host:
    """A cable leads to it from here, which can be pulled. Its processes are `manage.py runconsole` and its children."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        network = f"10.203.{secrets.randbelow(256)}.{4 * secrets.randbelow(64)}"
        self.here, self._there = (str(ip_address(network) + number) for number in (1, 2))
        self._space = f"zoe-{secrets.token_hex(3)}"
        self._cable = f"z{secrets.token_hex(4)}"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()

    def __enter__(self) -> "Host":
        """Raises CalledProcessError where nobody may make namespaces."""
        _ip("netns", "add", self._space)
        try:
            _ip("link", "add", self._cable, "type", "veth", "peer", "name", "up0", "netns", self._space)
            _ip("address", "add", f"{self.here}/30", "dev", self._cable)
            _ip("link", "set", self._cable, "up")
            for arguments in (
                ("address", "add", f"{self._there}/30", "dev", "up0"),
                ("link", "set", "up0", "up"),
                ("link", "set", "lo", "up"),
                ("route", "add", "default", "via", self.here),
            ):
                _ip("-n", self._space, *arguments)
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # its children die with it
            self._process.wait()
        subprocess.run(["ip", "link", "delete", self._cable], check=False)
        subprocess.run(["ip", "netns", "delete", self._space], check=False)

    def start(self, environment: dict[str, str]) -> None:
        with (self.folder / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("manage.py", "runconsole"),
                cwd=ROOT, env={**environment, "ZOETROPE_DATA_DIR": str(self.folder / "var")},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def says(self, program: str, environment: dict[str, str]) -> str:
        """What a Python program prints there."""
        command = self._command("-c", program)
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def cut(self) -> None:
        """Pull the cable: no reset, no refusal, nothing."""
        _ip("link", "set", self._cable, "down")

    def mend(self) -> None:
        _ip("link", "set", self._cable, "up")

    def stop(self) -> None:
        """SIGTERM, as a fleet that shrinks; waits until it has handed back what it had."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(STOPS) == 0, self.log()[-2000:]

    def log(self) -> str:
        return (self.folder / "console.log").read_text(errors="replace")

    def _command(self, *arguments: str) -> list[str]:
        named = f'hostname {self.name} && exec "$@"'
        inside = ["ip", "netns", "exec", self._space, "unshare", "--uts", "sh", "-c", named, "sh"]
        return [*inside, sys.executable, *arguments]


@contextmanager
def at(address: str, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The same stores as `environment` names, on this host's `address` instead of its loopback."""
    with ExitStack() as stack:
        reached = dict(environment)
        for name in ("DATABASE_URL", "BROKER_URL", "STORAGE_URL"):
            url = urlsplit(environment[name])
            between = stack.enter_context(proxy(url.hostname or "", url.port or 5432, address=address))
            who = url.netloc.rpartition("@")[0]
            reached[name] = url._replace(netloc=f"{who}@{address}:{between.port}").geturl()
        yield reached


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
