"""`manage.py verify`: is every promise kept? For after a crash, a restore or an upgrade."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from media_jobs.maintenance.verify import unfinished, violations


class Command(BaseCommand):
    help = "Check rows and stored bytes against each other; exit code 1 if anything is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(violations())
        for sentence in found:
            self.stdout.write(sentence)
        waiting, running = unfinished()
        self.stdout.write(f"{len(found)} violations; {waiting} jobs wait, {running} run.")
        if found:
            sys.exit(1)
