"""`manage.py verify`: is every promise kept? For after a crash, a restore or an upgrade."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from media_jobs.maintenance.verify import unfinished, violations


class Command(BaseCommand):
    help = "Check rows and stored bytes against each other; exit code 1 if anything is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deep", action="store_true", help="read every stored file through: finds a single bit")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(violations(deep=options["deep"]))
        for sentence in found:
            self.stdout.write(sentence)
        waiting, running = unfinished()
        self.stdout.write(f"{len(found)} violations; {waiting} jobs wait, {running} run.")
        if found:
            sys.exit(1)
