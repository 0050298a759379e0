"""`manage.py backup FOLDER`: while everything runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backup.database import DatabaseCopyFailed
from config.backup.manifest import SECRET_KEY, NoBackup
from config.backup.take import take


class Command(BaseCommand):
    help = "Copy the database, the secret key and a list of the stored files into a new folder, while all runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new one")
        parser.add_argument("--files", type=Path, help="copy the stored files there, those that aren't there already")

    def handle(self, *args: Any, folder: Path, files: Path | None, **options: Any) -> None:
        try:
            about = take(folder, files=files)
        except (NoBackup, DatabaseCopyFailed, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{folder}: the database of {about.made_at} and the list of its {about.files} files.")
        if about.waiting:
            self.stdout.write(f"{about.waiting} media still wait to be pushed to the store: their files aren't listed.")
        if (folder / SECRET_KEY).exists():
            self.stdout.write("The secret key is in it: whoever reads this folder can use every API key.")
        else:
            self.stdout.write("The secret key comes from the environment and isn't in it: keep it, too.")
        if files is None:
            self.stdout.write("Now copy the stored files (--files does it, or your bucket's own means).")
