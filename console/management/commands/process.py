"""`manage.py process FILE_ID …`: make animated images of a media that is here already."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.errors import Refused
from applications.models import Application
from console.choosing import add_application, application_of
from console.following import follow
from media_jobs.jobs.services import submit_task
from media_jobs.library.selectors import one_media
from media_jobs.models import ProcedureTask
from procedures.plan import Plan, StepInput, plan_from
from procedures.selectors import plan_of, procedure_for


class Command(BaseCommand):
    help = "Process a media with a task flow, or with one template and a piece of the video."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file_id", metavar="FILE_ID")
        work = parser.add_mutually_exclusive_group(required=True)
        work.add_argument("--procedure", default="", metavar="NAME", help="task flow")
        work.add_argument("--template", type=int, default=0, metavar="DEFINITION", help="one template's id")
        parser.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds; negative: from the end")
        parser.add_argument("--end", type=float, default=0.0, metavar="S", help="seconds; negative: from the end")
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
    return submit_task(media=one_media(application, options["file_id"]), plan=_plan(application, options))


def _plan(application: Application, options: dict[str, Any]) -> Plan:
    if options["procedure"]:
        return plan_of(procedure_for(application, options["procedure"]))
    step = StepInput(definition=options["template"], start=options["start"], end=options["end"])
    return plan_from(application, [step])
