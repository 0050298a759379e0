"""`manage.py alive`: do this host's processes live? For the health check of a container, whatever its role."""

import socket
import sys
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from media_jobs.jobs.selectors import live_workers

_PATIENCE = 5.0  # seconds


class Command(BaseCommand):
    help = "Exit status 0 when this host's web server answers and a worker of it gave a sign of life (ZOETROPE_ROLE)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        role = settings.ZOETROPE_ROLE
        silent = []
        if role in ("all", "web") and not _web_answers():
            silent.append("the web server doesn't answer")
        if role in ("all", "worker") and not _worker_lives():
            silent.append("no worker gave a sign of life")
        if silent:
            self.stderr.write("; ".join(silent))
            sys.exit(1)


def _web_answers() -> bool:
    host = settings.ZOETROPE_HOST if settings.ZOETROPE_HOST not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    connection = HTTPConnection(host, settings.ZOETROPE_PORT, timeout=_PATIENCE)
    try:
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _worker_lives() -> bool:
    """A database that is away is nobody's fault here: starting anew wouldn't bring it back."""
    try:
        return live_workers().filter(name__startswith=f"{socket.gethostname()}:").exists()
    except DatabaseError:
        return True
