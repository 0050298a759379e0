"""`manage.py workerended PID`: what that worker of this host held is handed back at once. The supervisor calls it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from media_jobs.maintenance.ended import worker_ended


class Command(BaseCommand):
    help = "Hand back what a worker of this host held whose process has died (its process id)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def handle(self, *args: Any, pid: int, **options: Any) -> None:
        worker_ended(pid)
