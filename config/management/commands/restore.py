"""`manage.py restore FOLDER`: while nothing runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backup.database import DatabaseCopyFailed
from config.backup.manifest import NoBackup
from config.backup.restore import Restored, restore

_SHOWN = 20


class Command(BaseCommand):
    help = "Put back what `manage.py backup` made, while nothing runs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--files", type=Path, help="the folder with the copies of the stored files")
        parser.add_argument("--force", action="store_true", help="also over an installation that is there")

    def handle(self, *args: Any, folder: Path, files: Path | None, force: bool, **options: Any) -> None:
        try:
            done = restore(folder, files=files, force=force)
        except (NoBackup, DatabaseCopyFailed, OSError) as error:
            raise CommandError(str(error)) from None
        self._tell(done)

    def _tell(self, done: Restored) -> None:
        about = done.about
        self.stdout.write(f"The database of {about.made_at} is back.")
        self.stdout.write(
            f"{about.files} files belong to it: {done.brought} were brought, {len(done.missing)} are missing."
        )
        for key in done.missing[:_SHOWN]:
            self.stdout.write(f"missing: {key}")
        if done.newer:
            self.stdout.write(
                f"{done.newer} stored files are newer than it: `manage.py orphans` lists and adopts them."
            )
        self.stdout.write("Start Zoetrope, then run `manage.py verify`.")
