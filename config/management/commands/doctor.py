"""`manage.py doctor`: one look at everything; `--bundle FILE` writes a file to send to whoever helps."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.observing.bundle import as_text, write_bundle
from config.observing.diagnosis import diagnosis


class Command(BaseCommand):
    help = "Versions, checks, health, queue, disk forecast, slowest stage, failures by cause, and what to do."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bundle", type=Path, metavar="FILE", help="also write a ZIP without secrets to send on")

    def handle(self, *args: Any, **options: Any) -> None:
        report = list(diagnosis())
        self.stdout.write(as_text(report))
        advice = sum(len(section.advice) for section in report)
        self.stdout.write(f"{advice} things to do." if advice else "Nothing to do.")
        if options["bundle"]:
            try:
                write_bundle(options["bundle"], report)
            except OSError as error:
                raise CommandError(f"{options['bundle']} can't be written: {error.strerror}.") from error
            self.stdout.write(f"{options['bundle']} has it all, without secrets.")
