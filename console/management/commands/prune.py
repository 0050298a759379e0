"""`manage.py prune`: forget old rows now, or with --dry-run only say which."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from media_jobs.maintenance.retention import KINDS, prune, to_prune


class Command(BaseCommand):
    help = "Forget what ended long ago (docs/operations.md says how long ago). Maintenance does it every hour, too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count; forget nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            gone = prune(limit=None)
            for kind, number in gone.items():
                self.stdout.write(f"{number:>10} {kind} forgotten")
            self.stdout.write(f"{sum(gone.values()):>10} rows in all")
            return
        width = max(len(kind.name) for kind in KINDS)
        self.stdout.write(f"{'rows':>10}  {'kind':{width}}  {'kept for days':>13}  oldest")
        for found in to_prune():
            oldest = f"{found.oldest:%Y-%m-%d %H:%M}" if found.oldest else "–"
            self.stdout.write(f"{found.number:>10}  {found.kind:{width}}  {found.days:>13g}  {oldest}")
