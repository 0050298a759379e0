"""`manage.py process FILE_ID …`: make animated images of a media that is here already."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.errors import Refused
from applications.models import Application
from console.management.choosing import add_application, application_of
from console.management.following import follow
from console.management.working import add_work, asked_plan
from media_jobs.jobs.services import submit_task
from media_jobs.library.selectors import one_media
from media_jobs.models import ProcedureTask


class Command(BaseCommand):
    help = "Process a media with a task flow, or with one template and a piece of the video."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file_id", metavar="FILE_ID")
        add_work(parser)
        parser.add_argument("--wait", action="store_true", help="until the animated images are made")
        add_application(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            task = _submit(application_of(options["application"]), options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"task {task.task_id}")
        if options["wait"] and not follow([task], say=self.stdout.write):
            raise CommandError("Not every animated image was made.", returncode=2)


def _submit(application: Application, options: dict[str, Any]) -> ProcedureTask:
    media = one_media(application, options["file_id"])
    return submit_task(media=media, plan=asked_plan(application, options))
