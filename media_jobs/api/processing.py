"""What a client says to have a media processed, and the task that comes of it."""

from typing import Any

from rest_framework import serializers

from applications.models import Application
from applications.rest.fields import Whole
from media_jobs.jobs.services import MAX_SESSION_CONTEXT, MAX_SESSION_ID, NOTIFY_MODES, submit_task
from media_jobs.models import Media, ProcedureTask
from procedures.api import StepIn
from procedures.models import ProcedureStep
from procedures.plan import Plan, StepInput, plan_from
from procedures.selectors import plan_of, procedure_for
from procedures.services import MAX_STEPS


class ProcessIn(serializers.Serializer[ProcedureTask]):
    """Either a task flow's name or steps given one by one."""

    procedure = serializers.CharField(required=False, help_text="Name of a task flow")
    steps: serializers.ListSerializer[ProcedureStep] = serializers.ListSerializer(
        child=StepIn(), required=False, max_length=MAX_STEPS
    )
    priority = Whole(default=0, help_text="-10 to 10; higher goes first")
    notify_mode = serializers.ChoiceField(NOTIFY_MODES, default="")
    session_id = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_SESSION_ID, help_text="The same one twice is refused with 409"
    )
    session_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SESSION_CONTEXT)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("procedure" in attrs) == ("steps" in attrs):
            raise serializers.ValidationError({"procedure": ["Give either a task flow or steps."]})
        return attrs


def submitted(media: Media, asked: dict[str, Any]) -> ProcedureTask:
    """`asked` is a ProcessIn. Raises NotFound, MediaNotReady, TaskDuplicated or InvalidValue."""
    work = _plan(media.application, asked)
    return submit_task(media=media, plan=work, **{name: asked[name] for name in asked.keys() - {"procedure", "steps"}})


def _plan(application: Application, asked: dict[str, Any]) -> Plan:
    if "procedure" in asked:
        return plan_of(procedure_for(application, asked["procedure"]))
    return plan_from(application, [StepInput(**step) for step in asked["steps"]])
