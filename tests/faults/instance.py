"""A private Zoetrope: own data folder, own port, real processes; what the fault tests start, hurt and look into."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

ROOT = Path(__file__).resolve().parents[2]
SECRET_ID, SECRET_KEY = "AKIDfaulttest", "faulttestsecretkey"


class Instance:
    """`start()` runs `manage.py runconsole`; `api` speaks to it as the primary application's owner.

    With DATABASE_URL in the environment (tests/services.py) it gets a database of its own on that server.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self._database = OwnDatabase.beside(os.environ.get("DATABASE_URL", ""))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ZOETROPE_")},
            "ZOETROPE_DATA_DIR": str(folder),
            "ZOETROPE_PORT": str(self.port),
            "ZOETROPE_SECRET_ID": SECRET_ID,
            "ZOETROPE_SECRET_KEY": SECRET_KEY,
            "ZOETROPE_ADMIN_PASSWORD": "fault test password",
            "ZOETROPE_SAMPLE": "0",
            "ZOETROPE_MIN_FREE_BYTES": "1000000",
            "ZOETROPE_REUSE_PICTURES": "0",  # what is killed and measured is work
            "ZOETROPE_API_RATE": "100000",  # a test's crowd doesn't pause, and on a fast machine it is a large one
            "ZOETROPE_LEASE_SECONDS": "4",
            "ZOETROPE_HEARTBEAT_SECONDS": "1",
            "PYTHONUNBUFFERED": "1",
            **(self._database.environment if self._database else {}),
            **environment,
        }
        self.api = httpx.Client(
            base_url=f"{self.url}/api/v1", auth=(SECRET_ID, SECRET_KEY), timeout=60, trust_env=False
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._extra: list[subprocess.Popen[bytes]] = []

    def start(self) -> "Instance":
        self.launch()
        try:
            wait_for(self.ready, seconds=600, what=f"the console at {self.url}")
        except AssertionError:
            self.close()
            raise
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        """The console at its very beginning: nothing is waited for."""
        self._process = self._spawn("manage.py", "runconsole")
        return self._process

    def listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def start_web(self) -> "Instance":
        """The web server alone, on a database that is migrated already: what it accepts waits for a worker."""
        self._process = self._spawn("-m", "config.web")
        wait_for(self.answers, seconds=60, what=f"the web server at {self.url}")
        return self

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/livez", timeout=2, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def ready(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"The console has ended:\n{self.log()[-2000:]}")
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def start_worker(self, *options: str, slots: int = 1) -> subprocess.Popen[bytes]:
        """One more worker process beside the supervised ones, for every queue unless `options` say -Q."""
        node = f"extra-{secrets.token_hex(4)}@%h"
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "warning"]
        worker = self._spawn(
            "-m", "celery", "--app", "config", "worker", "-n", node, "-c", str(slots), *options, *quiet
        )
        self._extra.append(worker)
        return worker

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def workers(self) -> list[int]:
        """Process ids of all worker processes, the supervised and the extra ones."""
        assert self._process is not None
        return [*children_of(self._process.pid, "celery"), *(worker.pid for worker in self._extra)]

    def supervised(self, word: str) -> list[int]:
        """Process ids of the supervisor's children that have `word` among their arguments."""
        assert self._process is not None
        return children_of(self._process.pid, word)

    def signal(self, number: int) -> None:
        """To the supervisor."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> str:
        """SIGTERM, as an operator would; what the console wrote. It can be started again."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=60)
        return self.log()

    def close(self) -> None:
        """The end: nothing of it is left but its folder."""
        for worker in self._extra:
            worker.kill()
            worker.wait()
        self.stop()
        self.api.close()
        if self._database:
            self._database.drop()

    def log(self) -> str:
        """ "" when nothing was started."""
        path = self.folder / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "console.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


class OwnDatabase:
    """A fresh PostgreSQL database on the server that `url` names."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._name = f"zoetrope_{secrets.token_hex(6)}"
        self._run(f'CREATE DATABASE "{self._name}"')
        self.environment = {"DATABASE_URL": urlsplit(url)._replace(path=f"/{self._name}").geturl()}

    @classmethod
    def beside(cls, url: str) -> "OwnDatabase | None":
        return cls(url) if url.startswith("postgres") else None

    def drop(self) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


def children_of(parent: int, word: str) -> list[int]:
    """Those that have `word` among the arguments of their command."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            its_parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (OSError, ValueError):
            continue
        if its_parent == parent and word in arguments:
            found.append(int(entry.name))
    return found


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """The condition's first true value; fails when `seconds` have passed without one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"Waited {seconds:g} s in vain for {what}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
