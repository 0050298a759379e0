"""The delivering half of a worker as a process of its own: to kill it, and to see what memory it takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

CODE = """
import django, threading
django.setup()
from media_jobs.courier import Courier
Courier().run(threading.Event())
"""


class CourierProcess:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", CODE], env=self._environment)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def courier_process(**environment: str) -> Iterator[CourierProcess]:
    """Works on the test's own database; `environment` in lower case without the prefix ZOETROPE_."""
    name = connection.settings_dict["NAME"]
    process = CourierProcess(
        {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{name}",
            "DJANGO_SECRET_KEY": settings.SECRET_KEY,
            "ZOETROPE_OUTBOUND_ALLOW": "127.0.0.1/32",
            "ZOETROPE_DATA_DIR": str(settings.ZOETROPE_DATA_DIR),
            **{f"ZOETROPE_{key.upper()}": value for key, value in environment.items()},
        }
    )
    try:
        yield process
    finally:
        process.kill()
