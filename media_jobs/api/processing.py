"""What a client says to have a media processed, and the task that comes of it."""

from collections.abc import Iterator, Set
from typing import Any

from rest_framework import serializers

from applications.errors import InvalidValue, Refused
from applications.models import Application
from applications.rest.body import Body
from applications.rest.fields import Whole
from media_jobs.jobs.services import MAX_SESSION_CONTEXT, MAX_SESSION_ID, NOTIFY_MODES, PRIORITIES, submit_task
from media_jobs.models import Media, ProcedureTask
from procedures.api import SnapshotIn, StepIn, snapshot_inputs, step_input
from procedures.models import ProcedureSnapshot, ProcedureStep
from procedures.plan import Plan, plan_from
from procedures.selectors import plan_of, procedure_for
from procedures.services import MAX_STEPS
from templates_app.api import PictureIn


class RunStepIn(StepIn):
    """A step of one run."""

    picture = PictureIn(required=False, help_text="Instead of what the template says")


_PARTS = {"steps", "snapshots"}


class WorkIn(Body[ProcedureTask]):
    """Either a task flow's name, or steps and snapshots given one by one."""

    procedure = serializers.CharField(required=False, help_text="Name of a task flow")
    steps: serializers.ListSerializer[ProcedureStep] = serializers.ListSerializer(
        child=RunStepIn(), required=False, max_length=MAX_STEPS
    )
    snapshots: serializers.ListSerializer[ProcedureSnapshot] = serializers.ListSerializer(
        child=SnapshotIn(), required=False, max_length=MAX_STEPS
    )
    picture = PictureIn(required=False, help_text="Instead of what the templates say, in every step")
    priority = Whole(
        default=0, min_value=PRIORITIES[0], max_value=PRIORITIES[-1], help_text="-10 to 10; higher goes first"
    )
    notify_mode = serializers.ChoiceField(NOTIFY_MODES, default="")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        if ("procedure" in said) == bool(said & _PARTS):
            yield InvalidValue("Give either a task flow or steps.", field="procedure")


class ProcessIn(WorkIn):
    session_id = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_SESSION_ID, help_text="The same one twice is refused with 409"
    )
    session_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SESSION_CONTEXT)


_OPTIONS = ("priority", "notify_mode", "session_id", "session_context")


def submitted(media: Media, asked: dict[str, Any]) -> ProcedureTask:
    """`asked` is a ProcessIn. Raises NotFound, MediaNotReady, TaskDuplicated or InvalidValue."""
    return submit_task(
        media=media, plan=plan_asked(media.application, asked), **{name: asked[name] for name in _OPTIONS}
    )


def plan_asked(application: Application, asked: dict[str, Any]) -> Plan:
    """`asked` is a WorkIn. Raises NotFound (a task flow, a template) or InvalidValue."""
    picture = asked.get("picture")
    if "procedure" in asked:
        return plan_of(procedure_for(application, asked["procedure"]), picture=picture)
    steps = [step_input(step) for step in asked.get("steps", ())]
    return plan_from(application, steps, snapshots=snapshot_inputs(asked.get("snapshots", [])), picture=picture)
