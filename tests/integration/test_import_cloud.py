"""The cloud's own answers become templates and task flows; what has no counterpart is told."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from applications.models import ApiKey, Application, AuditEntry
from templates_app.models import AnimatedImageTemplate
from tests.integration.cloudapi.v3.signing import Signed

pytestmark = pytest.mark.django_db


def _template(definition: int, **more: Any) -> dict[str, Any]:
    times = {"CreateTime": "2024-05-01T08:00:00Z", "UpdateTime": "2024-05-01T08:00:00Z"}
    picture = {"Width": 320, "Height": 0, "ResolutionAdaptive": "close", "Format": "webp", "Fps": 12, "Quality": 75}
    return {
        "Definition": definition,
        "Type": "Custom",
        "Name": f"t{definition}",
        "Comment": "",
        **picture,
        **times,
        **more,
    }


TEMPLATES = {
    "Response": {
        "TotalCount": 5,
        "AnimatedGraphicsTemplateSet": [
            _template(30001),
            _template(30500, Format="gif", Fps=61),
            _template(41234),
            _template(20000, Type="Preset"),
        ],
        "RequestId": "x",
    }
}
FLOWS = {
    "TotalCount": 3,
    "ProcedureTemplateSet": [
        {
            "Name": "hover",
            "Type": "Custom",
            "Comment": "for lists",
            "MediaProcessTask": {
                "TranscodeTaskSet": [{"Definition": 100010}],
                "AnimatedGraphicTaskSet": [
                    {"Definition": 30001, "StartTimeOffset": 1, "EndTimeOffset": 4},
                    {"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 2},
                ],
                "SampleSnapshotTaskSet": [],
                "ImageSpriteTaskSet": None,
                "CoverBySnapshotTaskSet": [
                    {
                        "Definition": 10,
                        "PositionType": "Percent",
                        "PositionValue": 5,
                        "WatermarkSet": [{"Definition": 1}],
                    }
                ],
                "AdaptiveDynamicStreamingTaskSet": [],
            },
            "AiContentReviewTask": {"Definition": 10},
            "AiAnalysisTask": None,
            "MiniProgramPublishTask": {"PackageDomain": "x"},
            "AiRecognitionTaskSet": [],
            "CreateTime": "2024-05-01T08:00:00Z",
            "UpdateTime": "2024-05-01T08:00:00Z",
        },
        {"Name": "LongVideoPreset", "Type": "Preset", "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 1}]}},
        {"Name": "review only", "Type": "Custom", "AiContentReviewTask": {"Definition": 10}, "MediaProcessTask": None},
    ],
}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The flows first: their order doesn't matter."""
    for name, answer in (("flows", FLOWS), ("templates", TEMPLATES)):
        (tmp_path / f"{name}.json").write_text(json.dumps(answer))
    return [str(tmp_path / "flows.json"), str(tmp_path / "templates.json")]


def test_a_dry_run_tells_all_and_writes_nothing(application: Application, files: list[str]) -> None:
    told = _said(*files, "--dry-run")
    assert "3 made, 1 there, 7 left out, 2 refused. Nothing was written" in told, told
    assert (application.templates.count(), application.procedures.count(), AuditEntry.objects.count()) == (0, 0, 0)


def test_numbers_are_kept_where_they_are_free_and_flows_follow(
    application: Application, gif_template: AnimatedImageTemplate, api_key: ApiKey, files: list[str]
) -> None:
    assert gif_template.definition == 30001
    told = _said(*files)
    assert "template 30001 t30001. Its number is 30002 here." in told
    assert "refused   template 30500 t30500: The frame rate is 1 to 60" in told
    assert "MediaProcessTask.TranscodeTaskSet has no counterpart here." in told
    assert "task flow hover: AiContentReviewTask has no counterpart here." in told
    assert "watermarks have no counterpart here." in told
    assert "AnimatedGraphicsTemplateSet has 4 of 5" in told
    assert "review only: Add at least one animated image" in told
    kept = application.templates.get(definition=41234)
    assert (kept.format, kept.width, kept.resolution_adaptive, kept.fps) == ("webp", 320, False, 12)
    flow = application.procedures.get()
    steps = [(step.template.definition, step.start_offset, step.end_offset) for step in flow.steps.all()]
    assert steps == [(30002, 1, 4), (20000, 0, 2)]
    assert [cover.position_value for cover in flow.covers.all()] == [5]
    assert AuditEntry.objects.get().action == "import_cloud"
    application.refresh_from_db()
    assert application.next_definition == 41235
    assert "0 made, 4 there" in _said(*files)
    assert application.templates.count() == 3
    request = Signed(api_key.secret_id, api_key.secret_key, action="DescribeAnimatedGraphicsTemplates", body=b"{}")
    described = request.send(Client())["AnimatedGraphicsTemplateSet"]
    [again] = [one for one in described if one["Definition"] == 41234]
    assert {**again, "CreateTime": "", "UpdateTime": ""} == {**_template(41234), "CreateTime": "", "UpdateTime": ""}


def test_what_is_no_answer_is_refused_whole(application: Application, files: list[str], tmp_path: Path) -> None:
    for text in ("{", "[]", "{}", '{"Response": {"Error": {"Code": "x"}}}', '{"ProcedureTemplateSet": [1]}'):
        (tmp_path / "odd.json").write_text(text)
        with pytest.raises(CommandError):
            _said(*files, str(tmp_path / "odd.json"))
    with pytest.raises(CommandError, match="No such file"):
        _said(str(tmp_path / "none.json"))
    assert application.templates.count() == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_answer_is_read_however_a_windows_shell_wrote_it(
    application: Application, tmp_path: Path, encoding: str
) -> None:
    """PowerShell's `>` writes UTF-16, and its Set-Content a mark before UTF-8: that was no JSON."""
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"AnimatedGraphicsTemplateSet": [_template(30001, Name="홍보")]}), encoding=encoding)
    assert "1 made" in _said(str(file))
    assert application.templates.get().name == "홍보"


def test_without_an_application_it_says_so_in_one_sentence(files: list[str]) -> None:
    with pytest.raises(CommandError, match=r"no application yet: make run\.$"):
        _said(*files)


ODD_TEMPLATES = [
    _template([30001]),  # type: ignore[arg-type]
    _template({"a": 1}),  # type: ignore[arg-type]
    _template(30002, Fps="fast"),
    _template(30003, Name={"no": "text"}),
    _template(30004, Name="a\0b"),
    _template(30005, Quality=float("nan")),
    _template(30006, Width=10**30),
]
ODD_FLOWS: list[dict[str, Any]] = [
    {"Name": "text", "MediaProcessTask": "all"},
    {"Name": "list", "MediaProcessTask": [1]},
    {"Name": "number", "MediaProcessTask": {"AnimatedGraphicTaskSet": 5}},
    {"Name": "numbers", "MediaProcessTask": {"AnimatedGraphicTaskSet": [5]}},
    {"Name": "unhashable", "MediaProcessTask": {"AnimatedGraphicTaskSet": [{"Definition": [1]}]}},
    {"Name": "covers", "MediaProcessTask": {"CoverBySnapshotTaskSet": 5}},
    {"Name": "cover", "MediaProcessTask": {"CoverBySnapshotTaskSet": [5]}},
    {"Name": ["a"], "MediaProcessTask": {}},
    {"MediaProcessTask": {}},
]


def test_odd_items_are_refused_one_by_one_and_the_others_imported(application: Application, tmp_path: Path) -> None:
    """A file that was written or changed by hand never ends in a trace."""
    file = tmp_path / "odd.json"
    templates, flows = [*ODD_TEMPLATES, _template(30100)], [*ODD_FLOWS, *FLOWS["ProcedureTemplateSet"]]  # type: ignore[misc]
    file.write_text(json.dumps({"AnimatedGraphicsTemplateSet": templates, "ProcedureTemplateSet": flows}))
    told = _said(str(file))
    refused = [line for line in told.splitlines() if line.startswith("refused")]
    assert len(refused) >= len(ODD_TEMPLATES) + len(ODD_FLOWS), told
    assert [one.definition for one in application.templates.all()] == [30100], told
    assert not application.procedures.exclude(name="hover").exists(), told


def _said(*words: str) -> str:
    said = io.StringIO()
    call_command("import_cloud", *words, stdout=said)
    return said.getvalue()
