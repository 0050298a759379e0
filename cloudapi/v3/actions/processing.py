"""Processing a media, and MediaProcessTaskInput: which of its lists are work for this server, and what they become.

docs/protocol 2.3.1.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.v3.errors import ApiError, InvalidParameter
from cloudapi.v3.registry import EXT_INFO, SUB_APP_ID, Action, Given, Refusal, Result, refused, refused_unless
from cloudapi.v3.shapes import Anything, Int, ListOf, Number, Parameter, Struct, Text
from media_jobs.jobs.services import TaskDuplicated, submit_task
from media_jobs.library.selectors import one_media
from media_jobs.models import Media, ProcedureTask
from media_jobs.snapshot_structures import snapshot_task_input
from procedures.models import Procedure
from procedures.plan import MAX_COVERS, CoverStep, Plan, StepInput, plan_from
from procedures.selectors import plan_of, procedure_for
from procedures.services import MAX_STEPS
from procedures.snapshots import MAX_MOMENT, SnapshotInput, snapshot_step
from procedures.unmade import UnmadeStep
from templates_app.snapshot_kinds import SAMPLE, SPRITE, TIME

_NO_TRANSCODING = "transcoding is not something that this server does"
_NO_WATERMARKS = "watermarks are not something that this server does"
_NO_AI = "content review, analysis and recognition are not something that this server does"

_SNAPSHOT_DEFINITION = Parameter("Definition", Int(low=0), required=True, note="of a template of this kind")
_ANIMATED_GRAPHIC = Struct(
    Parameter("Definition", Int(low=0), required=True),
    Parameter("StartTimeOffset", Number(), note="seconds; 0 or absent: the beginning; −n: n seconds before the end"),
    Parameter("EndTimeOffset", Number(), note="seconds; 0 or absent: the end; −n: n seconds before the end"),
    name="AnimatedGraphicTaskInput",
)
_COVER = Struct(
    Parameter("Definition", Int(low=0), required=True, note="10, the snapshot preset"),
    Parameter("PositionType", Text(), required=True, note="`Time` / `Percent`"),
    Parameter("PositionValue", Number(), required=True),
    refused("WatermarkSet", _NO_WATERMARKS),
    name="CoverBySnapshotTaskInput",
)
_WATERMARKS = refused("WatermarkSet", _NO_WATERMARKS)
# Each kind's name on the wire and here, and what is said of a task.
_SNAPSHOTS = (
    (
        "SnapshotByTimeOffset",
        TIME,
        Struct(
            _SNAPSHOT_DEFINITION,
            Parameter("ExtTimeOffsetSet", ListOf(Text(most=MAX_MOMENT)), note="`3.5s` or `10%`"),
            Parameter("TimeOffsetSet", ListOf(Number()), note="deprecated: milliseconds"),
            _WATERMARKS,
            name="SnapshotByTimeOffsetTaskInput",
        ),
    ),
    ("SampleSnapshot", SAMPLE, Struct(_SNAPSHOT_DEFINITION, _WATERMARKS, name="SampleSnapshotTaskInput")),
    ("ImageSprite", SPRITE, Struct(_SNAPSHOT_DEFINITION, name="ImageSpriteTaskInput")),
)
# What the cloud does beside them.
_UNMADE, _UNMADE_PASS = ("Transcode", "AdaptiveDynamicStreaming"), "ZOETROPE_FAIL_UNMADE_TASKS"
MEDIA_PROCESS_TASK = Parameter(
    "MediaProcessTask",
    Struct(
        Parameter("AnimatedGraphicTaskSet", ListOf(_ANIMATED_GRAPHIC, most=MAX_STEPS)),
        Parameter("CoverBySnapshotTaskSet", ListOf(_COVER, most=MAX_COVERS)),
        *(Parameter(f"{name}TaskSet", ListOf(shape, most=MAX_STEPS)) for name, _, shape in _SNAPSHOTS),
        *(
            refused_unless(_UNMADE_PASS, f"{name}TaskSet", ListOf(Anything(), most=MAX_STEPS), _NO_TRANSCODING)
            for name in _UNMADE
        ),
        name="MediaProcessTaskInput",
    ),
)
AI_TASKS = tuple(refused(name, _NO_AI) for name in ("AiContentReviewTask", "AiAnalysisTask", "AiRecognitionTask"))
FLOW_TASKS = (
    MEDIA_PROCESS_TASK,
    *AI_TASKS,
    refused("AiRecognitionTaskSet", _NO_AI),
    refused("ReviewAudioVideoTask", _NO_AI),
    refused("ImportMediaKnowledgeTaskSet", _NO_AI),
)
_NO_PATHS = "media are found by FileId here; there are no storage paths"
_FILE_ID = Parameter("FileId", Text(), note="one is needed, as MediaStoragePath is refused")
_OPTIONS = (
    Parameter("TasksPriority", Int(), note="−10 to 10, higher first, fair between applications"),
    Parameter("TasksNotifyMode", Text(choices=("Finish", "Change", "None", ""))),
    Parameter("SessionContext", Text(), note="≤ 1000 characters"),
    Parameter("SessionId", Text(), note="≤ 50 characters; refused when used before within 3 days (a setting)"),
    EXT_INFO,
)
_SUBMISSION = (
    Refusal(NotFound, "InvalidParameterValue.FileId", field="file_id"),
    Refusal(NotFound, "InvalidParameterValue.ProcedureName", field="procedure"),
    Refusal(NotFound, "InvalidParameterValue.Definition", field="definition"),
    Refusal(InvalidValue, "InvalidParameterValue.SessionIdTooLong", field="session_id"),
    Refusal(InvalidValue, "InvalidParameterValue.SessionContextTooLong", field="session_context"),
    Refusal(TaskDuplicated, "InvalidParameterValue.SessionId"),
)


class Parts(TypedDict):
    """What plan_from, create_procedure and reset_procedure take."""

    steps: list[StepInput]
    covers: list[CoverStep]
    snapshots: list[SnapshotInput]
    unmade: list[UnmadeStep]


def process(caller: Caller, given: Given) -> Result:
    task = given.get("MediaProcessTask", {})
    plan = plan_from(caller.application, **parts_asked_for(task))
    return {"TaskId": _submitted(caller, given, plan).task_id}


def process_by_procedure(caller: Caller, given: Given) -> Result:
    plan = plan_of(procedure_for(caller.application, given["ProcedureName"]))
    task = _submitted(caller, given, plan)
    return {"TaskId": task.task_id, "ReviewAudioVideoTaskId": "", "ImportMediaKnowledgeTaskIdSet": []}


def parts_asked_for(task: Mapping[str, Any]) -> Parts:
    """What a MediaProcessTaskInput has of each kind, as the services take it. Raises ApiError."""
    return Parts(
        steps=_step_inputs(task),
        covers=_cover_inputs(task),
        snapshots=[
            SnapshotInput(kind, one["Definition"], _moments(one))
            for name, kind, _ in _SNAPSHOTS
            for one in task.get(f"{name}TaskSet", ())
        ],
        unmade=[UnmadeStep(name, _object(one)) for name in _UNMADE for one in task.get(f"{name}TaskSet", ())],
    )


def _moments(asked: Mapping[str, Any]) -> tuple[str, ...]:
    exact = asked.get("ExtTimeOffsetSet", [])
    if wrong := [moment for moment in exact if moment.endswith("ms")]:
        raise ApiError("InvalidParameterValue", f"A moment of ExtTimeOffsetSet ends in s or %, not like {wrong[0]}.")
    return (*exact, *(f"{moment:.9f}".rstrip("0").rstrip(".") + "ms" for moment in asked.get("TimeOffsetSet", ())))


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidParameter("An item of a task set is an object.")
    return given


def _step_inputs(task: Mapping[str, Any]) -> list[StepInput]:
    return [
        StepInput(
            definition=one["Definition"],
            start=one.get("StartTimeOffset", 0.0),
            end=one.get("EndTimeOffset", 0.0),
        )
        for one in task.get("AnimatedGraphicTaskSet", ())
    ]


def _cover_inputs(task: Mapping[str, Any]) -> list[CoverStep]:
    return [
        CoverStep(one["Definition"], one["PositionType"], one["PositionValue"])
        for one in task.get("CoverBySnapshotTaskSet", ())
    ]


def media_process_task(procedure: Procedure) -> Result:
    """The structure again, of a stored task flow; what it has nothing of is an empty list (docs/protocol 2.2)."""
    return {
        **{f"{name}TaskSet": [one.asked for one in procedure.unmade.all() if one.task == name] for name in _UNMADE},
        "AnimatedGraphicTaskSet": [
            {
                "Definition": step.template.definition,
                "StartTimeOffset": step.start_offset,
                "EndTimeOffset": step.end_offset,
            }
            for step in procedure.steps.all()
        ],
        **{f"{name}TaskSet": _snapshots_of(procedure, kind) for name, kind, _ in _SNAPSHOTS},
        "CoverBySnapshotTaskSet": [
            {
                "Definition": cover.definition,
                "PositionType": cover.position_type,
                "PositionValue": cover.position_value,
                "WatermarkSet": [],
            }
            for cover in procedure.covers.all()
        ],
    }


def _snapshots_of(procedure: Procedure, kind: str) -> list[Result]:
    return [
        snapshot_task_input(snapshot_step(one.template, one.moments))
        for one in procedure.snapshots.all()
        if one.template.kind == kind
    ]


def _submitted(caller: Caller, given: Given, plan: Plan) -> ProcedureTask:
    return submit_task(
        media=_media(caller, given),
        plan=plan,
        priority=given.get("TasksPriority", 0),
        notify_mode=given.get("TasksNotifyMode", ""),
        session_id=given.get("SessionId", ""),
        session_context=given.get("SessionContext", ""),
    )


def _media(caller: Caller, given: Given) -> Media:
    if not given.get("FileId"):
        raise ApiError("InvalidParameterValue.FileId", "FileId is missing.")
    return one_media(caller.application, given["FileId"])


ACTIONS = (
    Action(
        name="ProcessMedia",
        is_work=True,
        run=process,
        role=Role.OPERATOR,
        parameters=Struct(
            _FILE_ID,
            refused("MediaStoragePath", _NO_PATHS),
            SUB_APP_ID,
            MEDIA_PROCESS_TASK,
            *AI_TASKS,
            *_OPTIONS,
            refused("Url", "a file is fetched by PullUpload first"),
            Parameter(
                "OutputAsIndependentMedia",
                Text(choices=("OFF", "")),
                note="`ON` is refused: it is for transcoding",
            ),
        ),
        refusals=_SUBMISSION,
    ),
    Action(
        name="ProcessMediaByProcedure",
        is_work=True,
        run=process_by_procedure,
        role=Role.OPERATOR,
        parameters=Struct(
            Parameter("ProcedureName", Text(), required=True),
            _FILE_ID,
            refused("MediaStoragePath", _NO_PATHS),
            SUB_APP_ID,
            *_OPTIONS,
        ),
        refusals=_SUBMISSION,
    ),
)
