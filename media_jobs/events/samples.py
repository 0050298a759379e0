"""What each event looks like, for the workbench and for test events: made up, but of the true shape."""

import copy
from typing import Any

from applications.models import Application
from media_jobs.events.outbox import event_content
from media_jobs.models import Event
from media_jobs.store.storage import url_of

FILE_ID = "5285890784246869930"
MEDIA: dict[str, Any] = {
    "Name": "demo",
    "Description": "",
    "CreateTime": "2026-01-01T00:00:00Z",
    "UpdateTime": "2026-01-01T00:00:00Z",
    "ExpireTime": "9999-12-31T23:59:59Z",
    "ClassId": 0,
    "ClassName": "其他",
    "ClassPath": "其他",
    "CoverUrl": "",
    "Type": "mp4",
    "SourceInfo": {"SourceType": "Upload", "SourceContext": ""},
    "StorageRegion": "ap-guangzhou",
    "StoragePath": "",
    "TagSet": [],
    "Vid": "",
    "Category": "Video",
    "Status": "Normal",
    "StorageClass": "STANDARD",
}
PICTURE = {
    "Definition": 20001,
    "Container": "webp",
    "Height": 480,
    "Width": 640,
    "Bitrate": 900000,
    "Size": 337500,
    "Md5": "5d41402abc4b2a76b9719d911017c592",
    "StartTimeOffset": 2.0,
    "EndTimeOffset": 5.0,
}
MOMENTS = {"BeginProcessTime": "2026-01-01T00:00:01Z", "FinishTime": "2026-01-01T00:00:05Z"}


def sample_event(type: Event.Type, *, application: Application) -> dict[str, Any]:
    """The whole EventContent."""
    return event_content(type, sample_content(type, application=application))


def sample_content(type: Event.Type, *, application: Application) -> dict[str, Any]:
    """The object of one event, as `outbox.record` takes it."""
    key = f"{application.app_id}/{FILE_ID}/sample"
    media = {**copy.deepcopy(MEDIA), "MediaUrl": url_of(f"{key}/v.mp4")}
    task_id = f"{application.app_id}-Procedure-0123456789abcdef0123456789abcdeft0"
    if type == Event.Type.NEW_FILE_UPLOAD:
        return {"FileId": FILE_ID, "MediaBasicInfo": media, "ProcedureTaskId": task_id, "ReviewAudioVideoTaskId": ""}
    if type == Event.Type.FILE_DELETED:
        return {"FileIdSet": [FILE_ID], "FileDeleteResultInfo": [{"FileId": FILE_ID, "DeleteParts": []}]}
    if type == Event.Type.PULL_COMPLETE:
        return _pull(application, media=media)
    return _task(task_id, media_url=media["MediaUrl"], image_url=url_of(f"{key}/v.f20001.webp"))


def _pull(application: Application, *, media: dict[str, Any]) -> dict[str, Any]:
    return {
        "TaskId": f"{application.app_id}-Pull-0123456789abcdef0123456789abcdeft0",
        "Status": "FINISH",
        "ErrCode": 0,
        "Message": "SUCCESS",
        "FileId": FILE_ID,
        "MediaBasicInfo": media,
        "FileUrl": media["MediaUrl"],
        "ProcedureTaskId": "",
        "ReviewAudioVideoTaskId": "",
        "SessionContext": "",
        "SessionId": "",
        "Progress": 100,
    }


def _task(task_id: str, *, media_url: str, image_url: str) -> dict[str, Any]:
    """One part that succeeded and one that failed."""
    made = {
        "Status": "SUCCESS",
        "ErrCodeExt": "",
        "ErrCode": 0,
        "Message": "SUCCESS",
        "Input": {"Definition": 20001, "StartTimeOffset": 2.0, "EndTimeOffset": 5.0},
        "Output": {"Url": image_url, **PICTURE},
        "Progress": 100,
        **MOMENTS,
    }
    failed = {
        "Status": "FAIL",
        "ErrCodeExt": "InvalidInput.InvalidTimeOffset",
        "ErrCode": 40000,
        "Message": "The start offset lies beyond the end of the video.",
        "Input": {"Definition": 20000, "StartTimeOffset": 900.0, "EndTimeOffset": 0.0},
        "Progress": 100,
        **MOMENTS,
    }
    return {
        "TaskId": task_id,
        "Status": "FINISH",
        "ErrCode": 0,
        "Message": "SUCCESS",
        "FileId": FILE_ID,
        "FileName": MEDIA["Name"],
        "FileUrl": media_url,
        "MediaProcessResultSet": [{"Type": "AnimatedGraphics", "AnimatedGraphicTask": part} for part in (made, failed)],
        "AiContentReviewResultSet": [],
        "AiAnalysisResultSet": [],
        "AiRecognitionResultSet": [],
        "TasksPriority": 0,
        "TasksNotifyMode": "Finish",
        "SessionContext": "",
        "SessionId": "",
        "Operator": "",
        "OperationType": "",
    }
