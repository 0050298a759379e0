"""`manage.py import_cloud FILE…`: templates and task flows out of the cloud's own answers."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from applications.audit.entries import record_command
from applications.errors import Refused
from cloudapi.importing import NoAnswer, imported
from console.management.choosing import add_application, application_of

LARGEST = 64 * 1024**2  # bytes of a file


class Command(BaseCommand):
    help = (
        "Make what DescribeAnimatedGraphicsTemplates and DescribeProcedureTemplates tell of: templates and task flows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an answer of API 3.0, as JSON")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would become of each")
        add_application(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        answers = [_answer(file) for file in options["files"]]
        try:
            application = application_of(options["application"])
            with transaction.atomic():
                told = list(imported(application, answers))
                transaction.set_rollback(options["dry_run"])
        except (NoAnswer, Refused) as error:
            raise CommandError(f"Nothing was imported: {str(error).rstrip('.')}.") from error
        for one in told:
            self.stdout.write(f"{one.outcome:8}  {one.sentence}")
        number = Counter(one.outcome for one in told)
        summary = ", ".join(f"{number[outcome]} {outcome}" for outcome in ("made", "there", "left out", "refused"))
        self.stdout.write(f"{summary}." + (" Nothing was written: a dry run." if options["dry_run"] else ""))
        if number["made"] and not options["dry_run"]:
            record_command("import_cloud", application=application, subject={"name": options["files"][0].name})


def _answer(file: Path) -> Any:
    try:
        if file.stat().st_size > LARGEST:
            raise CommandError(f"{file} is too large for an answer of the API.")
        return json.loads(file.read_bytes())  # UTF-8, UTF-16 and UTF-32, with their marks
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is no JSON: {error}") from error
