"""Task flows, "procedures" on the wire (docs/protocol 2.2)."""

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.v3.actions.processing import FLOW_TASKS, media_process_task, parts_asked_for
from cloudapi.v3.registry import SUB_APP_ID, Action, Given, Refusal, Result
from cloudapi.v3.shapes import Int, ListOf, Parameter, Struct, Text
from media_jobs.structures import iso
from procedures.models import Procedure
from procedures.selectors import procedure_for, procedures_for
from procedures.services import (
    ProcedureExists,
    create_procedure,
    delete_procedure,
    reset_procedure,
)

_NAME = Parameter("Name", Text(), required=True, note="1–20 characters, one of its kind in the application")
_COMMENT = Parameter("Comment", Text(), note="≤ 256 characters")
_SORT = Struct(
    Parameter("Field", Text(choices=("CreateTime", "create_time")), required=True),
    Parameter("Order", Text(choices=("Asc", "Desc", "asc", "desc")), required=True),
    name="SortBy",
)
# The cloud's own flows all hold transcoding (docs/protocol 2.2): there are no presets here.
_KINDS = ("Preset", "Custom", "")
_NOT_THERE = Refusal(NotFound, "InvalidParameter.ProcedureNameNotExist", field="procedure")
_INVALID = (Refusal(InvalidValue, "InvalidParameter"), Refusal(NotFound, "InvalidParameter"))


def create(caller: Caller, given: Given) -> Result:
    task = given.get("MediaProcessTask", {})
    create_procedure(
        application=caller.application,
        name=given["Name"],
        comment=given.get("Comment", ""),
        **parts_asked_for(task),
    )
    return {}


def reset(caller: Caller, given: Given) -> Result:
    task = given.get("MediaProcessTask", {})
    reset_procedure(
        procedure=procedure_for(caller.application, given["Name"]),
        comment=given.get("Comment", ""),
        **parts_asked_for(task),
    )
    return {}


def delete(caller: Caller, given: Given) -> Result:
    delete_procedure(procedure=procedure_for(caller.application, given["Name"]))
    return {}


def describe(caller: Caller, given: Given) -> Result:
    found = procedures_for(caller.application)
    if names := given.get("Names"):
        found = found.filter(name__in=names)
    if given.get("Type") == "Preset":
        found = found.none()
    if sort := given.get("SortBy"):
        descending = sort[0]["Order"].lower() == "desc"
        found = found.order_by(*(("-created_at", "-pk") if descending else ("created_at", "pk")))
    offset = given.get("Offset", 0)
    page = found[offset : offset + given.get("Limit", 10)]
    return {"TotalCount": found.count(), "ProcedureTemplateSet": [_procedure(one) for one in page]}


def _procedure(procedure: Procedure) -> Result:
    return {
        "Name": procedure.name,
        "Type": "Custom",
        "Comment": procedure.comment,
        "MediaProcessTask": media_process_task(procedure),
        "AiContentReviewTask": None,
        "AiAnalysisTask": None,
        "AiRecognitionTaskSet": [],
        "AiRecognitionTask": None,
        "MiniProgramPublishTask": None,
        "ReviewAudioVideoTask": None,
        "ImportMediaKnowledgeTaskSet": [],
        "CreateTime": iso(procedure.created_at),
        "UpdateTime": iso(procedure.updated_at),
    }


ACTIONS = (
    Action(
        name="CreateProcedureTemplate",
        run=create,
        role=Role.OPERATOR,
        parameters=Struct(_NAME, SUB_APP_ID, _COMMENT, *FLOW_TASKS),
        refusals=(Refusal(ProcedureExists, "InvalidParameter.ExistedProcedureName"), *_INVALID),
    ),
    Action(
        name="ResetProcedureTemplate",
        run=reset,
        role=Role.OPERATOR,
        parameters=Struct(_NAME, SUB_APP_ID, _COMMENT, *FLOW_TASKS),
        refusals=(_NOT_THERE, *_INVALID),
    ),
    Action(
        name="DeleteProcedureTemplate",
        run=delete,
        role=Role.OPERATOR,
        parameters=Struct(_NAME, SUB_APP_ID),
        refusals=(_NOT_THERE,),
    ),
    Action(
        name="DescribeProcedureTemplates",
        run=describe,
        role=Role.VIEWER,
        parameters=Struct(
            SUB_APP_ID,
            Parameter("Names", ListOf(Text(), most=100, code="InvalidParameterValue.Names")),
            Parameter("Type", Text(choices=_KINDS, code="InvalidParameterValue.Type")),
            Parameter("Offset", Int(low=0)),
            Parameter("Limit", Int(low=0, high=100, code="InvalidParameterValue.Limit"), note="default 10"),
            Parameter("SortBy", ListOf(_SORT, most=10)),
        ),
    ),
)
