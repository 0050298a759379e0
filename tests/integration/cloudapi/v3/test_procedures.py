"""Task flows through the real Python SDK (docs/protocol 2.2)."""

from collections.abc import Callable
from typing import Any

import pytest

from applications.models import Application
from procedures.selectors import procedure_for

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
ANIMATED = {"Definition": 20001, "StartTimeOffset": 2, "EndTimeOffset": -5.5}
FLOW = {"AnimatedGraphicTaskSet": [ANIMATED, {"Definition": 20000}]}
COVER = {"Definition": 10, "PositionType": "Percent", "PositionValue": 12.5}


def _names(call: Call, **parameters: Any) -> list[str]:
    return [one.Name for one in call("DescribeProcedureTemplates", **parameters).ProcedureTemplateSet]


def test_a_flow_is_made_described_replaced_and_deleted(call: Call) -> None:
    call(
        "CreateProcedureTemplate",
        Name="动图",
        Comment="c",
        MediaProcessTask={**FLOW, "CoverBySnapshotTaskSet": [COVER]},
    )
    answer = call("DescribeProcedureTemplates", Names=["动图"])
    (flow,) = answer.ProcedureTemplateSet
    assert (answer.TotalCount, flow.Type, flow.Comment) == (1, "Custom", "c")
    first, second = flow.MediaProcessTask.AnimatedGraphicTaskSet
    assert (first.Definition, first.StartTimeOffset, first.EndTimeOffset) == (20001, 2, -5.5)
    assert (second.StartTimeOffset, second.EndTimeOffset) == (0, 0), "offsets may be left out"
    (cover,) = flow.MediaProcessTask.CoverBySnapshotTaskSet
    assert (cover.PositionType, cover.PositionValue) == ("Percent", 12.5)
    assert flow.MediaProcessTask.TranscodeTaskSet == []
    call("ResetProcedureTemplate", Name="动图", MediaProcessTask={"AnimatedGraphicTaskSet": [ANIMATED]})
    (flow,) = call("DescribeProcedureTemplates").ProcedureTemplateSet
    assert (flow.Comment, len(flow.MediaProcessTask.AnimatedGraphicTaskSet)) == ("", 1), "replaced, not merged"
    assert flow.MediaProcessTask.CoverBySnapshotTaskSet == []
    call("DeleteProcedureTemplate", Name="动图")
    assert _names(call) == []


def test_flows_are_sorted_paged_and_filtered(call: Call) -> None:
    for name in ("a", "b", "c"):
        call("CreateProcedureTemplate", Name=name, MediaProcessTask=FLOW)
    for field, order in (("CreateTime", "Asc"), ("create_time", "asc")):
        assert _names(call, SortBy=[{"Field": field, "Order": order}]) == ["a", "b", "c"]
    assert _names(call, SortBy=[{"Field": "CreateTime", "Order": "Desc"}], Offset=1, Limit=1) == ["b"]
    assert _names(call, Type="Preset") == []
    assert sorted(_names(call, Names=["a", "c", "nothing"])) == ["a", "c"]


IMPOSSIBLE_FLOWS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameter", {"Name": ""}),
    ("InvalidParameter", {"Name": "n" * 21}),
    ("InvalidParameter", {"Comment": "c" * 257}),
    ("InvalidParameter", {"MediaProcessTask": {}}),
    ("InvalidParameter", {"MediaProcessTask": {"AnimatedGraphicTaskSet": [{"Definition": 39999}]}}),
    ("InvalidParameter", {"MediaProcessTask": {"CoverBySnapshotTaskSet": [{**COVER, "Definition": 1}]}}),
    ("MissingParameter", {"MediaProcessTask": {"AnimatedGraphicTaskSet": [{"StartTimeOffset": 1}]}}),
    ("InvalidParameter", {"MediaProcessTask": {"AnimatedGraphicTaskSet": [{**ANIMATED, "StartTimeOffset": "2"}]}}),
    ("InvalidParameter", {"MediaProcessTask": {"AnimatedGraphicTaskSet": [{**ANIMATED, "StartTimeOffset": 1e12}]}}),
    ("InvalidParameterValue", {"MediaProcessTask": {"AnimatedGraphicTaskSet": [ANIMATED] * 101}}),
    ("UnsupportedOperation", {"MediaProcessTask": {**FLOW, "TranscodeTaskSet": [{"Definition": 100010}]}}),
    ("UnsupportedOperation", {"MediaProcessTask": {**FLOW, "AdaptiveDynamicStreamingTaskSet": [{"Definition": 10}]}}),
    ("UnsupportedOperation", {"MediaProcessTask": FLOW, "AiAnalysisTask": {"Definition": 10}}),
    ("UnsupportedOperation", {"MediaProcessTask": FLOW, "ReviewAudioVideoTask": {"Definition": 10}}),
]


def test_a_flow_that_cannot_be_kept_is_refused_and_nothing_is_stored(
    refused: Callable[..., str], application: Application
) -> None:
    for code, given in IMPOSSIBLE_FLOWS:
        assert refused("CreateProcedureTemplate", **{"Name": "flow", "MediaProcessTask": FLOW, **given}) == code, given
    assert not application.procedures.exists()


def test_a_refusal_names_the_work_that_is_not_done(call: Call) -> None:
    task = {**FLOW, "AdaptiveDynamicStreamingTaskSet": [{"Definition": 10}]}
    with pytest.raises(Exception, match=r"MediaProcessTask\.AdaptiveDynamicStreamingTaskSet: transcoding"):
        call("CreateProcedureTemplate", Name="flow", MediaProcessTask=task)


def test_a_name_is_taken_once(call: Call, refused: Callable[..., str], application: Application) -> None:
    call("CreateProcedureTemplate", Name="flow", MediaProcessTask=FLOW)
    assert (
        refused("CreateProcedureTemplate", Name="flow", MediaProcessTask=FLOW)
        == "InvalidParameter.ExistedProcedureName"
    )
    assert procedure_for(application, "flow").steps.count() == 2


def test_a_flow_that_is_not_there(refused: Callable[..., str]) -> None:
    for action, given in (("ResetProcedureTemplate", {"MediaProcessTask": FLOW}), ("DeleteProcedureTemplate", {})):
        assert refused(action, Name="none", **given) == "InvalidParameter.ProcedureNameNotExist"


def test_the_fifty_first_flow_is_one_too_many(call: Call, refused: Callable[..., str], settings: Any) -> None:
    settings.ZOETROPE_MAX_PROCEDURES = 2
    for name in ("a", "b"):
        call("CreateProcedureTemplate", Name=name, MediaProcessTask=FLOW)
    assert refused("CreateProcedureTemplate", Name="c", MediaProcessTask=FLOW) == "LimitExceeded"


def test_lists_have_their_limits(refused: Callable[..., str]) -> None:
    assert refused("DescribeProcedureTemplates", Limit=101) == "InvalidParameterValue.Limit"
    assert refused("DescribeProcedureTemplates", Names=["n"] * 101) == "InvalidParameterValue.Names"
    assert refused("DescribeProcedureTemplates", Type="Mine") == "InvalidParameterValue.Type"
