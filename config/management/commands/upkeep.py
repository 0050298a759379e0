"""`manage.py upkeep`: maintenance alone, for a host without a worker; it runs until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from media_jobs.maintenance.upkeep import keep_up


class Command(BaseCommand):
    help = "Finish, expire, clean up and forget, now and then, until SIGTERM. Workers do it by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        keep_up(stopping=stopping)
