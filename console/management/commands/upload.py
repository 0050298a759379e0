"""`manage.py upload FILE …`: bring files in from the command line, through the same services as every other door."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from applications.errors import Refused
from applications.models import Application
from console.management.choosing import add_application, application_of
from console.management.following import follow
from media_jobs.jobs.selectors import first_task_of
from media_jobs.models import Media
from media_jobs.uploads import services as uploads
from media_jobs.uploads.services import Wanted


class Command(BaseCommand):
    help = "Upload files; with --procedure a task flow makes animated images of each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--procedure", default="", metavar="NAME", help="task flow to start")
        parser.add_argument("--class-id", type=int, default=0, metavar="N", help="class that the media belong to")
        parser.add_argument("--wait", action="store_true", help="until the animated images are made")
        add_application(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            application = application_of(options["application"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        media = [self._upload(file, application, options) for file in options["files"]]
        tasks = [task for item in media if item and (task := first_task_of(item))]
        if options["wait"] and not follow(tasks, say=self.stdout.write):
            raise CommandError("Not every animated image was made.", returncode=2)
        if not all(media):
            raise CommandError("Not every file was uploaded.")

    def _upload(self, file: Path, application: Application, options: dict[str, Any]) -> Media | None:
        """None, and the reason on standard error, when it was refused."""
        try:
            media = _bring_in(file, application, procedure=options["procedure"], class_id=options["class_id"])
        except (OSError, Refused) as error:
            self.stderr.write(f"{file}: {getattr(error, 'strerror', None) or error}")
            return None
        task = first_task_of(media)
        self.stdout.write(f"{file}: media {media.file_id}" + (f", task {task.task_id}" if task else ""))
        return media


def _bring_in(file: Path, application: Application, *, procedure: str, class_id: int) -> Media:
    """Raises OSError or Refused; nothing is kept then."""
    with file.open("rb") as bytes_of_file:
        size = file.stat().st_size
        wanted = Wanted(name=file.name, length=size, procedure=procedure, class_id=class_id)
        upload = uploads.begin(application=application, wanted=wanted, door="command")
        try:
            with tqdm.wrapattr(bytes_of_file, "read", total=size, desc=file.name, unit="B", unit_scale=True) as source:
                uploads.append(upload_id=upload.id, offset=0, source=source)
            return uploads.commit(upload_id=upload.id)
        except BaseException:
            uploads.discard(upload=upload)
            raise
