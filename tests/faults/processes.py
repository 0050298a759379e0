"""Processes of their own on the test's database: to kill them, to run many at once, to see what memory they take."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

DISPATCHER = """
import django, threading
django.setup()
from media_jobs.events.dispatcher import Dispatcher
Dispatcher().run(threading.Event())
"""


class Killable:
    """A process that runs until it is killed, and can be started again."""

    def __init__(self, *command: str, environment: dict[str, str]) -> None:
        self._command = command
        self._environment = environment
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, *self._command], env=self._environment)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    @property
    def pid(self) -> int:
        return self._process.pid

    def runs(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> None:
        """Until it ends by itself; fails if it ends badly."""
        assert self._process.wait() == 0

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def dispatcher_process(**options: str) -> Iterator[Killable]:
    """The delivering half of a worker; options as `environment` takes them."""
    process = Killable("-c", DISPATCHER, environment=environment(**options))
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def worker_process(broker: str, *arguments: str, **options: str) -> Iterator[Killable]:
    """`celery worker` on this test's database and broker; arguments as it takes them, options as `environment`."""
    node = f"test-{secrets.token_hex(4)}@%h"
    command = ["-m", "celery", "-A", "config", "worker", "-n", node, "--loglevel", "warning", *arguments]
    settings_ = {**environment(**options), "BROKER_URL": broker}
    process = Killable(*command, "--without-gossip", "--without-mingle", environment=settings_)
    try:
        yield process
    finally:
        process.signal(signal.SIGCONT)
        process.kill()


def environment(**options: str) -> dict[str, str]:
    """This test's settings for another process; `options` are named in lower case without the prefix ZOETROPE_."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": _database_url(),
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "ZOETROPE_OUTBOUND_ALLOW": "127.0.0.1/32",
        "ZOETROPE_REUSE_PICTURES": "0",
        "ZOETROPE_DATA_DIR": str(settings.ZOETROPE_DATA_DIR),
        **{f"ZOETROPE_{key.upper()}": value for key, value in options.items()},
    }


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    return f"postgres://{database['USER']}{password}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
