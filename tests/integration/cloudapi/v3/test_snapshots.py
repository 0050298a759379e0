"""Snapshots of three kinds: templates, task flows and results through the real SDK (docs/protocol 2.1.1, 2.8)."""

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.db.models import F
from django.test import Client
from PIL import Image
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from applications.models import Application
from media_jobs.library.services import delete_media
from media_jobs.maintenance.orphans import unnamed_of
from media_jobs.maintenance.stored_files import damaged_files
from media_jobs.models import Event, Job, Media, SnapshotSet
from media_jobs.store.storage import storage, url_of
from media_jobs.structures import procedure_task
from procedures.models import Procedure
from templates_app.models import SnapshotTemplate

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
KINDS = ("SnapshotByTimeOffset", "SampleSnapshot", "ImageSprite")
EXTRA: dict[str, dict[str, Any]] = {
    "SnapshotByTimeOffset": {},
    "SampleSnapshot": {"SampleType": "Percent", "SampleInterval": 25},
    "ImageSprite": {"SampleType": "Time", "SampleInterval": 1, "RowCount": 2, "ColumnCount": 2},
}
PRESETS: dict[str, dict[str, Any]] = {
    "SnapshotByTimeOffset": {"Width": 0, "Height": 0},
    "SampleSnapshot": {"Width": 0, "Height": 0, "SampleType": "Percent", "SampleInterval": 10},
    "ImageSprite": {
        "Width": 142,
        "Height": 80,
        "SampleType": "Time",
        "SampleInterval": 10,
        "RowCount": 10,
        "ColumnCount": 10,
    },
}
TYPES = {"ImageSprite": "ImageSprites"}
PICTURES = {"SnapshotByTimeOffset": 2, "SampleSnapshot": 10, "ImageSprite": 1}
# A clip of three seconds of 320x180.
FLOW = {
    "AnimatedGraphicTaskSet": [{"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 1}],
    "SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["2.5s", "10%"]}],
    "SampleSnapshotTaskSet": [{"Definition": 10}],
    "ImageSpriteTaskSet": [{"Definition": 10}],
}


def _members(structure: type) -> set[str]:
    """What the SDK's class of a structure holds: the definition's own fields."""
    return {name.removeprefix("_") for name in vars(structure())}


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_made_described_changed_and_deleted(
    call: Call, refused: Callable[..., str], sdk: Callable[..., VodClient], kind: str
) -> None:
    wanted = {**EXTRA[kind], "Name": "截图", "Comment": "a & b", "Width": 320, "Height": 100, "Format": "png"}
    definition = call(f"Create{kind}Template", FillType="gauss", ResolutionAdaptive="close", **wanted).Definition
    call(f"Modify{kind}Template", Definition=definition, Width=64, FillType="white")
    answer = sdk().call_json(f"Describe{kind}Templates", {"Definitions": [definition]})["Response"]
    (found,) = answer[f"{kind}TemplateSet"]
    expected = {**wanted, "Width": 64, "FillType": "white", "ResolutionAdaptive": "close", "Type": "Custom"}
    assert {name: found[name] for name in expected} == expected
    assert set(found) == _members(getattr(models, f"{kind}Template")), "no field is missing, and none is ours"
    assert answer["TotalCount"] == 1
    for action in ("Modify", "Delete"):
        assert refused(f"{action}{kind}Template", Definition=999) == "ResourceNotFound.TemplateNotExist"
        code = f"InvalidParameterValue.{action}DefaultTemplate"
        assert refused(f"{action}{kind}Template", Definition=10) == code
    call(f"Delete{kind}Template", Definition=definition)
    (preset,) = getattr(call(f"Describe{kind}Templates"), f"{kind}TemplateSet")
    cloud = {"Definition": 10, "Type": "Preset", "Format": "jpg", "ResolutionAdaptive": "open", "FillType": "stretch"}
    cloud |= PRESETS[kind]
    assert {name: getattr(preset, name) for name in cloud} == cloud


OUT_OF_RANGE: list[tuple[str, dict[str, Any]]] = [
    ("Width", {"Width": 31}),
    ("Height", {"Height": 4097}),
    ("Format", {"Format": "gif"}),
    ("FillType", {"FillType": "red"}),
    ("ResolutionAdaptive", {"ResolutionAdaptive": "yes"}),
    ("Name", {"Name": "n" * 65}),
    ("Comment", {"Comment": "c" * 257}),
    ("SampleType", {"SampleType": "Frame"}),
    ("SampleInterval", {"SampleInterval": 0}),
    ("SampleInterval", {"SampleType": "Percent", "SampleInterval": 101}),
    ("SampleInterval", {"SampleType": "Time", "SampleInterval": 86_401}),
    ("RowCount", {"RowCount": 0}),
    ("ColumnCount", {"ColumnCount": 101}),
    ("RowCount", {"Height": 1501, "RowCount": 10}),
    ("ColumnCount", {"Width": 1501, "ColumnCount": 10}),
]


def test_what_is_out_of_range_is_refused_by_name(
    call: Call, refused: Callable[..., str], application: Application
) -> None:
    for kind in KINDS:
        known = _members(getattr(models, f"Create{kind}TemplateRequest"))
        definition = call(f"Create{kind}Template", **EXTRA[kind]).Definition
        for field, given in OUT_OF_RANGE:
            if given.keys() <= known:
                code = f"InvalidParameterValue.{field}"
                assert refused(f"Create{kind}Template", **{**EXTRA[kind], **given}) == code, (kind, given)
                assert refused(f"Modify{kind}Template", Definition=definition, **given) == code, (kind, given)
        for field in EXTRA[kind]:
            lacking = {name: value for name, value in EXTRA[kind].items() if name != field}
            assert refused(f"Create{kind}Template", **lacking) == "MissingParameter"
    assert application.snapshot_templates.count() == len(KINDS)


def test_each_kind_has_sixteen_templates(call: Call, refused: Callable[..., str], settings: LazySettings) -> None:
    settings.ZOETROPE_MAX_TEMPLATES = 1
    for kind in KINDS:
        call(f"Create{kind}Template", **EXTRA[kind])
        assert refused(f"Create{kind}Template", **EXTRA[kind]) == "LimitExceeded.TooMuchTemplate"


def test_a_flow_makes_snapshots_of_every_kind_beside_the_animation(
    call: Call, sdk: Callable[..., VodClient], upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    call("CreateProcedureTemplate", Name="all", MediaProcessTask=FLOW)
    described = call("DescribeProcedureTemplates", Names=["all"]).ProcedureTemplateSet[0].MediaProcessTask
    assert json.loads(described.SnapshotByTimeOffsetTaskSet[0].to_json_string())["ExtTimeOffsetSet"] == ["2.5s", "10%"]
    assert [described.SampleSnapshotTaskSet[0].Definition, described.ImageSpriteTaskSet[0].Definition] == [10, 10]
    media = upload_clip(procedure="all")
    assert run_jobs() == 5
    media.refresh_from_db()
    detail = sdk().call_json("DescribeTaskDetail", {"TaskId": media.tasks.get().task_id})["Response"]
    results = {one["Type"]: one for one in detail["ProcedureTask"]["MediaProcessResultSet"]}
    tasks = {
        "SnapshotByTimeOffset": "SnapshotByTimeOffset",
        "SampleSnapshot": "SampleSnapshot",
        "ImageSprites": "ImageSprite",
    }
    for kind, name in tasks.items():
        result = results[kind][f"{name}Task"]
        assert set(result) == _members(getattr(models, f"MediaProcessTask{name}Result"))
        assert set(result["Input"]) == _members(getattr(models, f"{name}TaskInput"))
        assert set(result["Output"]) == _members(getattr(models, f"Media{name}Item"))
        assert (result["Status"], result["Progress"], result["ErrCodeExt"]) == ("SUCCESS", 100, "")
    info = sdk().call_json("DescribeMediaInfos", {"FileIds": [media.file_id]})["Response"]["MediaInfoSet"][0]
    for kind, name in tasks.items():
        assert info[f"{name}Info"] == {f"{name}Set": [results[kind][f"{name}Task"]["Output"]]}
    only = call("DescribeMediaInfos", FileIds=[media.file_id], Filters=["imageSpriteInfo"]).MediaInfoSet[0]
    assert (only.SampleSnapshotInfo, only.ImageSpriteInfo.ImageSpriteSet[0].TotalCount) == (None, 1)
    first, tenth = results["SnapshotByTimeOffset"]["SnapshotByTimeOffsetTask"]["Output"]["PicInfoSet"]
    assert (first["TimeOffset"], tenth["TimeOffset"]) == (2500, 300), "in milliseconds, as they were asked for"
    assert set(first) == _members(models.MediaSnapshotByTimePicInfoItem)
    sampled = results["SampleSnapshot"]["SampleSnapshotTask"]["Output"]
    assert (sampled["SampleType"], sampled["Interval"], len(sampled["ImageUrlSet"])) == ("Percent", 10, 10)
    sprite = results["ImageSprites"]["ImageSpriteTask"]["Output"]
    assert (sprite["Width"], sprite["Height"], sprite["TotalCount"]) == (142, 80, 1)
    sizes = [_picture(url).size for url in (first["Url"], sampled["ImageUrlSet"][9], sprite["ImageUrlSet"][0])]
    assert sizes == [(320, 180), (320, 180), (1420, 800)]
    vtt = _fetched(sprite["WebVttUrl"])
    assert (vtt["Content-Type"], vtt["Access-Control-Allow-Origin"]) == ("text/vtt", "*")
    cue = b"".join(vtt).decode().split("\n\n")[1]
    assert cue.strip() == "00:00:00.000 --> 00:00:03.000\nv.f10.0.jpg#xywh=0,0,142,80"
    assert sprite["WebVttUrl"].replace("v.f10.vtt", "v.f10.0.jpg") == sprite["ImageUrlSet"][0]
    assert procedure_task(media.tasks.get())["MediaProcessResultSet"] == [*results.values()], "as events tell it"


@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_task_s_event_is_pulled_and_confirmed_and_is_what_the_task_tells(
    call: Call, uploaded: Media, run_jobs: Callable[[], int], kind: str
) -> None:
    call("ModifyEventConfig", Mode="PULL")
    sets = {f"{kind}TaskSet": FLOW[f"{kind}TaskSet"]}
    task_id = call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=sets, SessionContext="mine").TaskId
    (waiting,) = call("DescribeTasks", FileId=uploaded.file_id).TaskSet
    assert (waiting.TaskId, waiting.TaskType, waiting.Status) == (task_id, "Procedure", "WAITING")
    run_jobs()
    (event,) = call("PullEvents").EventSet
    told = event.ProcedureStateChangeEvent
    assert (event.EventType, told.TaskId, told.Status) == ("ProcedureStateChanged", task_id, "FINISH")
    assert (told.FileId, told.FileName, told.SessionContext) == (uploaded.file_id, uploaded.name, "mine")
    (result,) = told.MediaProcessResultSet
    part = getattr(result, f"{kind}Task")
    assert (result.Type, part.Status, part.ErrCodeExt) == (TYPES.get(kind, kind), "SUCCESS", "")
    filled = {name for name in _members(models.MediaProcessTaskResult) if getattr(result, name)}
    assert filled == {"Type", f"{kind}Task"}
    pictures = [one.Url for one in part.Output.PicInfoSet] if kind == KINDS[0] else part.Output.ImageUrlSet
    assert len(pictures) == PICTURES[kind] and all(_picture(url).format == "JPEG" for url in pictures)
    detail = call("DescribeTaskDetail", TaskId=task_id)
    assert (detail.TaskType, detail.Status) == ("Procedure", "FINISH")
    assert detail.ProcedureTask.to_json_string() == told.to_json_string()
    (ended,) = call("DescribeTasks", FileId=uploaded.file_id, Status="FINISH").TaskSet
    assert (ended.TaskId, ended.TaskType, ended.SessionContext) == (task_id, "Procedure", "mine")
    call("ConfirmEvents", EventHandles=[event.EventHandle])
    Event.objects.filter(settled_at=None).update(next_at=F("created_at"))
    assert call("DescribeEventsState").CountOfEventsToPull == 0, "what is confirmed never comes again"


def _fetched(url: str, **headers: str) -> Any:
    return Client().get(urlsplit(url).path, headers=headers)


def _picture(url: str) -> Image.Image:
    return Image.open(io.BytesIO(b"".join(_fetched(url))))


def test_a_picture_is_served_by_ranges_and_none_is_made_up(
    call: Call, uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask={"SampleSnapshotTaskSet": [{"Definition": 10}]})
    run_jobs()
    stored = SnapshotSet.objects.get()
    whole = [b"".join(_fetched(url_of(key))) for key in stored.picture_keys]
    with storage().open(stored.storage_key) as file:
        assert file.read() == b"".join(whole)
    assert not unnamed_of([stored.storage_key]), "it is no suspect"
    assert not list(damaged_files(deep=True))
    second = url_of(stored.picture_keys[1])
    part = _fetched(second, Range="bytes=2-9")
    assert (part.status_code, b"".join(part)) == (206, whole[1][2:10])
    assert part["Content-Range"] == f"bytes 2-9/{len(whole[1])}"
    assert _fetched(second, Range=f"bytes={len(whole[1])}-").status_code == 416
    assert 'filename="clip.f10.1.jpg"' in _fetched(f"{second}?download")["Content-Disposition"]
    for other in (".10.jpg", ".01.jpg", ".0.png", ".vtt", ".stills"):
        assert _fetched(second.replace(".1.jpg", other)).status_code == 404, other
    delete_media(media=uploaded)
    assert _fetched(second).status_code == 404
    assert not storage().exists(stored.storage_key)


def test_moments_of_both_parameters_come_back_as_they_were_given(
    call: Call, sdk: Callable[..., VodClient], uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    asked = {"Definition": 10, "ExtTimeOffsetSet": ["50%"], "TimeOffsetSet": [1200, 0.5]}
    task = {"SnapshotByTimeOffsetTaskSet": [asked, {"Definition": 10, "ExtTimeOffsetSet": ["3.1s"]}]}
    task_id = call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=task).TaskId
    run_jobs()
    detail = sdk().call_json("DescribeTaskDetail", {"TaskId": task_id})["Response"]["ProcedureTask"]
    good, late = (one["SnapshotByTimeOffsetTask"] for one in detail["MediaProcessResultSet"])
    assert good["Input"] == {**asked, "WatermarkSet": []}
    assert [one["TimeOffset"] for one in good["Output"]["PicInfoSet"]] == [1500, 1200, 0.5]
    assert (late["Status"], late["ErrCodeExt"], late["Output"]) == ("FAIL", "InvalidInput.InvalidTimeOffset", None)


SENSELESS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.Definition", {"SampleSnapshotTaskSet": [{"Definition": 11}]}),
    ("InvalidParameterValue.Definition", {"ImageSpriteTaskSet": [{"Definition": 20000}]}),
    ("MissingParameter", {"SampleSnapshotTaskSet": [{}]}),
    ("InvalidParameterValue", {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10}]}),
    ("InvalidParameterValue", {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["5"]}]}),
    ("InvalidParameterValue", {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["5ms"]}]}),
    ("InvalidParameterValue", {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["101%"]}]}),
    ("InvalidParameterValue", {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "TimeOffsetSet": [-1]}]}),
    ("InvalidParameterValue", {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["-1s"]}]}),
    ("UnsupportedOperation", {"SampleSnapshotTaskSet": [{"Definition": 10, "WatermarkSet": [{"Definition": 1}]}]}),
    ("UnsupportedOperation", {"TranscodeTaskSet": [{"Definition": 100010}]}),
]


def test_what_makes_no_sense_is_refused_before_anything_is_made(
    refused: Callable[..., str], application: Application, uploaded: Media
) -> None:
    for code, task in SENSELESS:
        assert refused("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=task) == code, task
        flow_code = code.replace("InvalidParameterValue.Definition", "InvalidParameterValue")
        told = refused("CreateProcedureTemplate", Name="no", MediaProcessTask={**FLOW, **task})
        assert told in (flow_code, "InvalidParameter"), task
    assert not application.tasks.exists() and not application.procedures.exists()


def test_a_template_in_a_flow_stays_until_the_flow_goes(
    call: Call, refused: Callable[..., str], uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    definition = call("CreateImageSpriteTemplate", **EXTRA["ImageSprite"], Width=64).Definition
    call("CreateProcedureTemplate", Name="f", MediaProcessTask={"ImageSpriteTaskSet": [{"Definition": definition}]})
    call("ProcessMediaByProcedure", FileId=uploaded.file_id, ProcedureName="f")
    call("ModifyImageSpriteTemplate", Definition=definition, Width=96)
    assert refused("DeleteImageSpriteTemplate", Definition=definition) == "FailedOperation"
    call("DeleteProcedureTemplate", Name="f")
    call("DeleteImageSpriteTemplate", Definition=definition)
    assert not SnapshotTemplate.objects.exclude(application=None).exists()
    run_jobs()
    made = SnapshotSet.objects.get()
    assert (made.width, made.height, len(made.moments), made.rows) == (64, 36, 3, 2), "as it was when it was started"


def test_a_flow_from_the_cloud_runs_but_for_what_only_the_cloud_does(
    call: Call,
    refused: Callable[..., str],
    sdk: Callable[..., VodClient],
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    settings: LazySettings,
) -> None:
    transcode = {"Definition": 100010, "WatermarkSet": [{"Definition": 5}]}
    flow = {**FLOW, "TranscodeTaskSet": [transcode], "AdaptiveDynamicStreamingTaskSet": [{"Definition": 12}]}
    assert refused("CreateProcedureTemplate", Name="moved", MediaProcessTask=flow) == "UnsupportedOperation"
    settings.ZOETROPE_FAIL_UNMADE_TASKS = True
    call("CreateProcedureTemplate", Name="moved", MediaProcessTask=flow)
    settings.ZOETROPE_FAIL_UNMADE_TASKS = False
    (described,) = sdk().call_json("DescribeProcedureTemplates", {})["Response"]["ProcedureTemplateSet"]
    assert described["MediaProcessTask"]["TranscodeTaskSet"] == [transcode]
    media = upload_clip(procedure="moved")
    run_jobs()
    task = call("DescribeTaskDetail", TaskId=media.tasks.get().task_id).ProcedureTask
    assert task.Status == "FINISH"
    ended = {
        one.Type: getattr(one, name)
        for one in task.MediaProcessResultSet
        for name in vars(models.MediaProcessTaskResult())
        if name != "_Type" and getattr(one, name)
    }
    states = {kind: result.Status for kind, result in ended.items()}
    assert states.pop("Transcode") == states.pop("AdaptiveDynamicStreaming") == "FAIL"
    assert set(states.values()) == {"SUCCESS"} and len(states) == 4
    failed = ended["Transcode"]
    assert (failed.ErrCodeExt, failed.ErrCode) == ("InvalidInput.ConfigurationUnsupported", 40000)
    assert failed.Message == "Transcode is not something that this server does."
    assert (failed.Input.Definition, failed.Input.WatermarkSet[0].Definition, failed.Output) == (100010, 5, None)
    assert Procedure.objects.get().unmade.count() == Job.objects.filter(kind=Job.Kind.UNMADE).count() == 2
