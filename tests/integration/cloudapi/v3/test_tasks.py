"""Starting tasks and asking about them through the real Python SDK (docs/protocol 2.3, 2.5)."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from django.utils import timezone

from applications.models import Application
from media_jobs.jobs import leases
from media_jobs.jobs.services import MAX_SESSION_CONTEXT, MAX_SESSION_ID
from media_jobs.library.services import delete_media
from media_jobs.models import AnimatedImage, Media, ProcedureTask
from media_jobs.states import TaskStatus
from media_jobs.structures import iso
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
SECOND = {"AnimatedGraphicTaskSet": [{"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 1}]}


def test_a_task_runs_and_tells_everything_of_itself(
    call: Call, uploaded: Media, gif_template: AnimatedImageTemplate, run_jobs: Callable[[], int]
) -> None:
    steps = [
        {"Definition": gif_template.definition, "StartTimeOffset": 0.5, "EndTimeOffset": -1},
        {"Definition": gif_template.definition, "StartTimeOffset": 900, "EndTimeOffset": 0},
    ]
    given = {"SessionContext": "上下文 a&b=c+d", "SessionId": "s1", "TasksPriority": -3, "TasksNotifyMode": "Change"}
    task_id = call(
        "ProcessMedia", FileId=uploaded.file_id, MediaProcessTask={"AnimatedGraphicTaskSet": steps}, **given
    ).TaskId
    before = call("DescribeTaskDetail", TaskId=task_id)
    assert (before.TaskType, before.Status, before.FinishTime) == ("Procedure", "WAITING", "")
    assert before.ProcedureTask.Status == "PROCESSING", "it knows no WAITING (docs/protocol 2.8)"
    run_jobs()
    after = call("DescribeTaskDetail", TaskId=task_id)
    assert (after.Status, after.PullUploadTask) == ("FINISH", None)
    assert after.CreateTime <= after.BeginProcessTime <= after.FinishTime
    task = after.ProcedureTask
    assert {name: getattr(task, name) for name in given} == given
    assert (task.FileId, task.FileName, task.MetaData.Duration) == (uploaded.file_id, "clip", 3.0)
    good, bad = (result.AnimatedGraphicTask for result in task.MediaProcessResultSet)
    image = AnimatedImage.objects.get()
    assert (good.Status, good.Progress, good.Output.Md5, good.Output.Size) == ("SUCCESS", 100, image.md5, image.size)
    assert (good.Input.StartTimeOffset, good.Input.EndTimeOffset) == (0.5, -1)
    assert (good.Output.StartTimeOffset, good.Output.EndTimeOffset) == (0.5, 2.0)
    assert (bad.Status, bad.ErrCodeExt, bad.ErrCode) == ("FAIL", "InvalidInput.InvalidTimeOffset", 40000)
    assert bad.Output is None and bad.Message


def test_a_procedure_is_started_by_name(call: Call, uploaded: Media, procedure: Procedure) -> None:
    answer = call("ProcessMediaByProcedure", FileId=uploaded.file_id, ProcedureName=procedure.name)
    assert (answer.ReviewAudioVideoTaskId, answer.ImportMediaKnowledgeTaskIdSet) == ("", [])
    assert ProcedureTask.objects.get(task_id=answer.TaskId).jobs.count() == 2


def test_the_same_session_id_is_refused_within_its_window(
    call: Call, refused: Callable[..., str], uploaded: Media, procedure: Procedure, settings: LazySettings
) -> None:
    given = {"FileId": uploaded.file_id, "SessionId": "one"}
    call("ProcessMedia", MediaProcessTask=SECOND, **given)
    assert refused("ProcessMedia", MediaProcessTask=SECOND, **given) == "InvalidParameterValue.SessionId"
    by_name = {**given, "ProcedureName": procedure.name}
    assert refused("ProcessMediaByProcedure", **by_name) == "InvalidParameterValue.SessionId"
    assert ProcedureTask.objects.count() == 1
    settings.ZOETROPE_SESSION_ID_WINDOW = timedelta(0)
    call("ProcessMedia", MediaProcessTask=SECOND, **given)


IMPOSSIBLE_TASKS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.FileId", {"FileId": "1"}),
    ("InvalidParameterValue.FileId", {"FileId": None}),
    ("InvalidParameterValue.Definition", {"MediaProcessTask": {"AnimatedGraphicTaskSet": [{"Definition": 3}]}}),
    ("InvalidParameterValue", {"MediaProcessTask": {}}),
    ("InvalidParameterValue", {"MediaProcessTask": None}),
    ("InvalidParameterValue", {"TasksPriority": 11}),
    ("InvalidParameterValue", {"TasksNotifyMode": "Always"}),
    ("InvalidParameterValue.SessionIdTooLong", {"SessionId": "s" * (MAX_SESSION_ID + 1)}),
    ("InvalidParameterValue.SessionContextTooLong", {"SessionContext": "s" * (MAX_SESSION_CONTEXT + 1)}),
    ("UnsupportedOperation", {"MediaStoragePath": "/a/b.mp4"}),
    ("UnsupportedOperation", {"Url": "http://example.com/a.mp4"}),
    ("UnsupportedOperation", {"AiContentReviewTask": {"Definition": 10}}),
    ("UnsupportedOperation", {"MediaProcessTask": {**SECOND, "AdaptiveDynamicStreamingTaskSet": [{"Definition": 10}]}}),
]


def test_what_cannot_be_done_is_refused_and_nothing_is_stored(refused: Callable[..., str], uploaded: Media) -> None:
    for code, given in IMPOSSIBLE_TASKS:
        asked = {"FileId": uploaded.file_id, "MediaProcessTask": SECOND, **given}
        assert refused("ProcessMedia", **asked) == code, given
    assert not ProcedureTask.objects.exists()


def test_an_unknown_procedure_and_a_deleted_media(
    refused: Callable[..., str], uploaded: Media, procedure: Procedure
) -> None:
    given = {"FileId": uploaded.file_id, "ProcedureName": "LongVideoPreset"}
    assert refused("ProcessMediaByProcedure", **given) == "InvalidParameterValue.ProcedureName"
    delete_media(media=uploaded)
    given["ProcedureName"] = procedure.name
    assert refused("ProcessMediaByProcedure", **given) == "InvalidParameterValue.FileId"


def test_tasks_are_scrolled_through_filtered_and_sorted(
    call: Call, upload_clip: Callable[..., Media], application: Application, run_jobs: Callable[[], int]
) -> None:
    media, other = upload_clip(), upload_clip(name="other.mp4")
    ids = [
        call("ProcessMedia", FileId=one.file_id, MediaProcessTask=SECOND, SessionContext="c").TaskId
        for one in (media, media, media, other)
    ]
    seen, token = [], ""
    while True:
        page = call("DescribeTasks", Limit=3, ScrollToken=token)
        seen += [task.TaskId for task in page.TaskSet]
        token = page.ScrollToken
        if not token:
            break
    assert seen == ids[::-1], "newest first"
    ascending = call("DescribeTasks", Sort={"Field": "CreateTime", "Order": "Asc"}, FileId=media.file_id).TaskSet
    assert [task.TaskId for task in ascending] == ids[:3]
    one = ascending[0]
    assert (one.Status, one.TaskType, one.FileId, one.SessionContext) == ("WAITING", "Procedure", media.file_id, "c")
    run_jobs()
    assert call("DescribeTasks", Status="WAITING").TaskSet == []
    finished = call("DescribeTasks", Status="FINISH", Sort={"Field": "FinishTime", "Order": "Desc"}).TaskSet
    ends = list(ProcedureTask.objects.order_by("-finished_at").values_list("task_id", flat=True))
    assert [task.TaskId for task in finished] == ends
    hour = timedelta(hours=1)
    now = timezone.now()
    assert len(call("DescribeTasks", CreateTime={"After": iso(now - hour), "Before": iso(now + hour)}).TaskSet) == 4
    assert call("DescribeTasks", FinishTime={"After": iso(now + hour)}).TaskSet == []


@pytest.mark.parametrize("order", ["Asc", "Desc"])
def test_tasks_are_scrolled_through_by_their_ends(call: Call, uploaded: Media, order: str) -> None:
    """On SQLite the newest was told again and again, for ever."""
    ids = [call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=SECOND).TaskId for _ in range(4)]
    for together in (ids[:2], ids[2:3], ids[3:]):
        ProcedureTask.objects.filter(task_id__in=together).update(status=TaskStatus.FINISH, finished_at=Now())
        time.sleep(0.002)  # SQLite's clock tells milliseconds
    seen, token = [], ""
    for _ in ids:
        page = call("DescribeTasks", Limit=1, ScrollToken=token, Sort={"Field": "FinishTime", "Order": order})
        seen += [task.TaskId for task in page.TaskSet]
        token = page.ScrollToken
    assert token == ""
    assert (seen if order == "Asc" else seen[::-1]) == [*sorted(ids[:2]), *ids[2:]]


def test_only_the_tasks_of_the_last_three_days_are_told_of(
    call: Call, refused: Callable[..., str], uploaded: Media
) -> None:
    task_id = call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=SECOND).TaskId
    ProcedureTask.objects.update(created_at=timezone.now() - timedelta(hours=73))
    assert call("DescribeTasks").TaskSet == []
    assert refused("DescribeTaskDetail", TaskId=task_id) == "InvalidParameterValue.TaskId"


def test_only_a_waiting_task_can_be_aborted(call: Call, refused: Callable[..., str], uploaded: Media) -> None:
    leases.claim(worker="test")  # the first look at the media
    waiting = call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=SECOND).TaskId
    call("ManageTask", TaskId=waiting, OperationType="Abort")
    assert call("DescribeTaskDetail", TaskId=waiting).Status == "ABORTED"
    assert refused("ManageTask", TaskId=waiting, OperationType="Abort") == "FailedOperation"
    running = call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=SECOND).TaskId
    assert leases.claim(worker="test")
    assert refused("ManageTask", TaskId=running, OperationType="Abort") == "FailedOperation"
    unknown = refused("ManageTask", TaskId="1-Procedure-0", OperationType="Abort")
    assert unknown == "InvalidParameterValue.TaskId"
    assert refused("ManageTask", TaskId=running, OperationType="Stop") == "InvalidParameterValue.InvalidOperationType"


SENSELESS_QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.Limit", {"Limit": 0}),
    ("InvalidParameterValue.Limit", {"Limit": 101}),
    ("InvalidParameterValue.Status", {"Status": "DONE"}),
    ("InvalidParameterValue.Sort", {"Sort": {"Field": "Name", "Order": "Asc"}}),
    ("MissingParameter", {"Sort": {"Field": "CreateTime"}}),
    ("InvalidParameterValue", {"CreateTime": {"After": "yesterday"}}),
    ("InvalidParameterValue", {"ScrollToken": "no token"}),
    ("InvalidParameterValue", {"ScrollToken": "AAAA"}),
    ("InvalidParameterValue", {"ScrollToken": "MjAyNi0wMS0wMVQwMDowMDowMCB4"}),
]


def test_a_question_that_makes_no_sense_is_refused(refused: Callable[..., str]) -> None:
    for code, given in SENSELESS_QUESTIONS:
        assert refused("DescribeTasks", **given) == code, given
