"""MediaProcessTaskInput (docs/protocol 2.3.1): which of its lists are work for this server, and what they become."""

from collections.abc import Mapping
from typing import Any

from cloudapi.v3.registry import Result, refused
from cloudapi.v3.shapes import Int, ListOf, Number, Parameter, Struct, Text
from procedures.models import Procedure
from procedures.plan import MAX_COVERS, CoverStep, StepInput
from procedures.services import MAX_STEPS

_NO_TRANSCODING = "transcoding is not something that this server does"
_NO_SNAPSHOTS = "snapshots are not something that this server does, other than covers (CoverBySnapshotTaskSet)"
_NO_WATERMARKS = "watermarks are not something that this server does"
_NO_AI = "content review, analysis and recognition are not something that this server does"

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
MEDIA_PROCESS_TASK = Parameter(
    "MediaProcessTask",
    Struct(
        Parameter("AnimatedGraphicTaskSet", ListOf(_ANIMATED_GRAPHIC, most=MAX_STEPS)),
        Parameter("CoverBySnapshotTaskSet", ListOf(_COVER, most=MAX_COVERS)),
        refused("TranscodeTaskSet", _NO_TRANSCODING),
        refused("AdaptiveDynamicStreamingTaskSet", _NO_TRANSCODING),
        refused("SnapshotByTimeOffsetTaskSet", _NO_SNAPSHOTS),
        refused("SampleSnapshotTaskSet", _NO_SNAPSHOTS),
        refused("ImageSpriteTaskSet", _NO_SNAPSHOTS),
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


def step_inputs(task: Mapping[str, Any]) -> list[StepInput]:
    return [
        StepInput(
            definition=one["Definition"],
            start=one.get("StartTimeOffset", 0.0),
            end=one.get("EndTimeOffset", 0.0),
        )
        for one in task.get("AnimatedGraphicTaskSet", ())
    ]


def cover_inputs(task: Mapping[str, Any]) -> list[CoverStep]:
    return [
        CoverStep(one["Definition"], one["PositionType"], one["PositionValue"])
        for one in task.get("CoverBySnapshotTaskSet", ())
    ]


def media_process_task(procedure: Procedure) -> Result:
    """The structure again, of a stored task flow; what it has nothing of is an empty list (docs/protocol 2.2)."""
    return {
        "TranscodeTaskSet": [],
        "AnimatedGraphicTaskSet": [
            {
                "Definition": step.template.definition,
                "StartTimeOffset": step.start_offset,
                "EndTimeOffset": step.end_offset,
            }
            for step in procedure.steps.all()
        ],
        "SnapshotByTimeOffsetTaskSet": [],
        "SampleSnapshotTaskSet": [],
        "ImageSpriteTaskSet": [],
        "CoverBySnapshotTaskSet": [
            {
                "Definition": cover.definition,
                "PositionType": cover.position_type,
                "PositionValue": cover.position_value,
                "WatermarkSet": [],
            }
            for cover in procedure.covers.all()
        ],
        "AdaptiveDynamicStreamingTaskSet": [],
    }
