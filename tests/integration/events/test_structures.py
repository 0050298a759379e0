"""The wire structures carry the fields that the cloud's own SDK reads, no more and no less."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.vod.v20180717 import models as wire

from applications.models import Application
from media_jobs import structures
from media_jobs.jobs.services import cancel_task
from media_jobs.models import Media, MediaClass, MediaTag, ProcedureTask
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate

pytestmark = pytest.mark.django_db


def read(model: type, structure: dict[str, Any]) -> Any:
    """As the SDK does it; it warns of every field that it doesn't know."""
    record = model()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record._deserialize(structure)
    return record


def fields_of(model: type) -> set[str]:
    return {name[1:] for name in vars(model())}


@pytest.fixture
def task(upload_clip: Callable[..., Media], procedure: Procedure) -> ProcedureTask:
    return ProcedureTask.objects.get(media=upload_clip(procedure=procedure.name))


def test_a_finished_task_reads_as_the_sdk_expects(task: ProcedureTask, run_jobs: Callable[[], int]) -> None:
    run_jobs()
    task.refresh_from_db()
    built = structures.procedure_task(task)
    assert set(built) == fields_of(wire.ProcedureTask)
    record = read(wire.ProcedureTask, built)
    assert (record.TaskId, record.Status) == (task.task_id, "FINISH")
    assert (built["ErrCode"], built["Message"]) == (0, "SUCCESS")
    assert record.MetaData.Width == 320 and record.MetaData.VideoStreamSet[0].Codec == "h264"
    first, second = (result.AnimatedGraphicTask for result in record.MediaProcessResultSet)
    assert (first.Status, first.ErrCodeExt, first.ErrCode, first.Progress) == ("SUCCESS", "", 0, 100)
    assert (second.Input.StartTimeOffset, second.Input.EndTimeOffset) == (1.0, -1.0)
    assert (second.Output.StartTimeOffset, second.Output.EndTimeOffset, second.Output.Container) == (1.0, 2.0, "webp")
    assert second.Output.Url.endswith(f"v.f{second.Output.Definition}.webp")
    assert second.BeginProcessTime <= second.FinishTime and second.FinishTime.endswith("Z")


def test_a_task_that_waits_is_processing_at_zero_percent(task: ProcedureTask) -> None:
    record = read(wire.ProcedureTask, structures.procedure_task(task))
    part = record.MediaProcessResultSet[0].AnimatedGraphicTask
    assert (record.Status, record.MetaData, part.Status, part.Progress) == ("PROCESSING", None, "PROCESSING", 0)
    assert (part.Output, part.BeginProcessTime, part.FinishTime) == (None, "", "")


def test_a_failed_part_tells_both_codes(
    application: Application,
    upload_clip: Callable[..., Media],
    gif_template: AnimatedImageTemplate,
    run_jobs: Callable[[], int],
) -> None:
    steps = [StepInput(definition=gif_template.definition, start=start) for start in (0.0, 900.0)]
    create_procedure(application=application, name="half", steps=steps)
    media = upload_clip(procedure="half")
    run_jobs()
    record = read(wire.ProcedureTask, structures.procedure_task(ProcedureTask.objects.get(media=media)))
    made, failed = (result.AnimatedGraphicTask for result in record.MediaProcessResultSet)
    assert (record.Status, made.Status, failed.Status) == ("FINISH", "SUCCESS", "FAIL")
    assert (failed.ErrCodeExt, failed.ErrCode, failed.Output) == ("InvalidInput.InvalidTimeOffset", 40000, None)
    assert failed.Message and failed.Progress == 100


def test_a_cancelled_task_is_finished_with_failed_parts(task: ProcedureTask) -> None:
    cancel_task(task=task)
    task.refresh_from_db()
    record = read(wire.ProcedureTask, structures.procedure_task(task))
    assert record.Status == "FINISH"
    parts = [part.AnimatedGraphicTask for part in record.MediaProcessResultSet]
    assert {(part.Status, part.ErrCodeExt, part.ErrCode) for part in parts} == {("FAIL", "Aborted", 40000)}


def test_a_media_reads_as_the_sdk_expects(
    application: Application, task: ProcedureTask, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    media = Media.objects.get(pk=task.media_id)
    top = MediaClass.objects.create(application=application, name="Shows")
    media.media_class = MediaClass.objects.create(application=application, name="News", parent=top)
    MediaTag.objects.create(media=media, name="tag")
    built = structures.media_info(media)
    assert set(built["BasicInfo"]) == fields_of(wire.MediaBasicInfo)
    assert set(built["MetaData"]) == fields_of(wire.MediaMetaData)
    record = read(wire.MediaInfo, built)
    basic = record.BasicInfo
    assert (basic.Name, basic.Type, basic.Category, basic.Status) == ("clip", "mp4", "Video", "Normal")
    assert (basic.ClassName, basic.ClassPath, basic.TagSet) == ("News", "Shows - News", ["tag"])
    assert (basic.ExpireTime, basic.SourceInfo.SourceType) == ("9999-12-31T23:59:59Z", "Upload")
    assert basic.CoverUrl.endswith(".jpg") and basic.MediaUrl.endswith("/v.mp4")
    assert [item.Container for item in record.AnimatedGraphicsInfo.AnimatedGraphicsSet] == ["gif", "webp"]


def test_media_info_holds_the_sections_asked_for(uploaded: Media) -> None:
    assert set(structures.media_info(uploaded, ["basicInfo"])) == {"FileId", "BasicInfo"}
    assert structures.media_info(uploaded, ["metaData", "transcodeInfo"]) == {
        "FileId": uploaded.file_id,
        "MetaData": None,
    }


def test_the_bodies_of_upload_and_deletion_read_as_the_sdk_expects(uploaded: Media) -> None:
    built = structures.file_upload_task(uploaded, procedure_task_id="t")
    assert set(built) == fields_of(wire.FileUploadTask)
    upload = read(wire.FileUploadTask, built)
    assert (upload.FileId, upload.ProcedureTaskId, upload.MetaData) == (uploaded.file_id, "t", None)
    assert upload.MediaBasicInfo.ClassName == "其他"
    deletion = read(wire.FileDeleteTask, structures.file_delete_task(uploaded))
    assert deletion.FileIdSet == [uploaded.file_id] and deletion.FileDeleteResultInfo[0].FileId == uploaded.file_id


def test_nulls_can_be_left_out_at_any_depth() -> None:
    assert structures.without_nulls({"a": None, "b": [{"c": None, "d": 0}], "e": ""}) == {"b": [{"d": 0}], "e": ""}


@pytest.mark.parametrize(
    ("ext", "number"),
    [
        ("", 0),
        ("InvalidInput.TaskDuplicated", 40000),
        ("SourceFileError", 60000),
        ("InternalError", 70000),
        ("x", 70000),
    ],
)
def test_an_err_code_is_its_familys_number(ext: str, number: int) -> None:
    assert structures.err_code(ext) == number
