"""However a task is started, the same image and the same structures come of it.

The ways: ProcessMedia, a flow from the console, ApplyUpload with a flow, a client signature with a flow, an upload in
the console with processing. What is told of it: DescribeTaskDetail, PullEvents, the callback (docs/protocol 2.8, 5.1).
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from tencentcloud.vod.v20180717.models import ProcedureTask as WireTask

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey, Application, User
from media_jobs.events.services import modify_event_config
from media_jobs.models import AnimatedImage, Delivery, Media, ProcedureTask
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate
from tests.receivers import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
STEP = StepInput(definition=30001, start=0.5, end=-1.0)
# Names that differ from task to task.
OWN = ("TaskId", "FileId", "FileUrl", "Url", "BeginProcessTime", "FinishTime", "CreateTime")
# docs/protocol 2.8: the sample that the SDK's own model classes accepted, without MetaData, which may still be missing.
TASK = {
    "TaskId",
    "Status",
    "ErrCode",
    "Message",
    "FileId",
    "FileName",
    "FileUrl",
    "MetaData",
    "MediaProcessResultSet",
    "AiContentReviewResultSet",
    "AiAnalysisResultSet",
    "AiRecognitionResultSet",
    "TasksPriority",
    "TasksNotifyMode",
    "SessionContext",
    "SessionId",
    "Operator",
    "OperationType",
}
RESULT = {"Status", "ErrCodeExt", "ErrCode", "Message", "Input", "Output", "Progress", "BeginProcessTime", "FinishTime"}
INPUT = {"Definition", "StartTimeOffset", "EndTimeOffset"}
OUTPUT = {
    "Url",
    "Definition",
    "Container",
    "Height",
    "Width",
    "Bitrate",
    "Size",
    "Md5",
    "StartTimeOffset",
    "EndTimeOffset",
}


@pytest.fixture
def flow(application: Application, gif_template: AnimatedImageTemplate) -> Procedure:
    assert gif_template.definition == STEP.definition
    return create_procedure(application=application, name="loop", steps=[STEP])


@pytest.fixture
def ways(
    call: Call,
    put: Callable[..., None],
    upload_clip: Callable[..., Media],
    clip: Path,
    flow: Procedure,
    api_key: ApiKey,
    owner: User,
    live_server: LiveServer,
) -> dict[str, Callable[[], None]]:
    console = Client()
    console.force_login(owner)
    data = clip.read_bytes()

    def process_media() -> None:
        step = {"Definition": STEP.definition, "StartTimeOffset": STEP.start, "EndTimeOffset": STEP.end}
        call("ProcessMedia", FileId=upload_clip().file_id, MediaProcessTask={"AnimatedGraphicTaskSet": [step]})

    def console_flow() -> None:
        answer = console.post(
            "/app/1500000001/vod/media/process", {"procedure": flow.name, "file_id": [upload_clip().file_id]}
        )
        assert answer.status_code == 302

    def apply_upload() -> None:
        applied = call("ApplyUpload", MediaType="mp4", MediaName="clip", Procedure=flow.name)
        certificate = applied.TempCertificate
        keys = (certificate.SecretId, certificate.SecretKey, certificate.Token)
        session = {"bucket": applied.StorageBucket, "region": applied.StorageRegion, "keys": keys}
        put(session, applied.MediaStoragePath, data)
        call("CommitUpload", VodSessionKey=applied.VodSessionKey)

    def client_signature() -> None:
        fields = fresh_fields(secret_id=api_key.secret_id, now=time.time(), life=600)
        signature = sign({**fields, "procedure": flow.name}, secret_key=api_key.secret_key)
        applied = _ugc(live_server, "Apply", signature=signature, videoName="clip", videoType="mp4")
        certificate = applied["tempCertificate"]
        keys = (certificate["secretId"], certificate["secretKey"], certificate["token"])
        bucket = f"{applied['storageBucket']}-{applied['storageAppId']}"
        session = {"bucket": bucket, "region": applied["storageRegionV5"], "keys": keys}
        put(session, applied["video"]["storagePath"], data)
        _ugc(live_server, "Commit", signature=signature, vodSessionKey=applied["vodSessionKey"])

    def console_upload() -> None:
        """As the upload page does: tus, with the session's cookie."""
        words = {"filename": "clip.mp4", "procedure": flow.name}
        metadata = ",".join(f"{name} {base64.b64encode(word.encode()).decode()}" for name, word in words.items())
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)), "Upload-Metadata": metadata}
        made = console.generic("POST", "/api/v1/uploads", headers=headers)
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
        kind = "application/offset+octet-stream"
        assert console.patch(made["Location"], data, content_type=kind, headers=headers).status_code == 204

    return {way.__name__: way for way in (process_media, console_flow, apply_upload, client_signature, console_upload)}


def test_five_ways_lead_to_the_same_image_and_the_same_words(
    ways: dict[str, Callable[[], None]],
    call: Call,
    application: Application,
    run_jobs: Callable[[], int],
    hook: Receiver,
    deliver_due: Callable[[], list[Delivery]],
) -> None:
    call("ModifyEventConfig", Mode="PULL")
    for start in ways.values():
        start()
    run_jobs()
    tasks = list(ProcedureTask.objects.order_by("pk"))
    assert [task.status for task in tasks] == ["FINISH"] * len(ways)
    assert AnimatedImage.objects.count() == len(ways)
    assert len(set(AnimatedImage.objects.values_list("md5", flat=True))) == 1, "the same bytes"

    details = {task.task_id: _detail(call, task) for task in tasks}
    pulled = {event["TaskId"]: event for event in _pulled(call)}
    modify_event_config(
        application=application, fields={"mode": "PUSH", "notification_url": hook.url}, with_earlier=True
    )
    deliver_due()
    pushed = {event["TaskId"]: event for event in (m.content["ProcedureStateChangeEvent"] for m in hook.messages)}

    for told in (details, pulled, pushed):
        assert told.keys() == {task.task_id for task in tasks}
        words = {json.dumps(_comparable(event), sort_keys=True) for event in told.values()}
        assert len(words) == 1, words
    for task in tasks:
        assert pulled[task.task_id] == pushed[task.task_id]
        assert _without_nulls(details[task.task_id]) == pulled[task.task_id]
        _check_against_the_protocol(details[task.task_id])


def _ugc(live_server: LiveServer, action: str, **body: object) -> dict[str, Any]:
    url = f"{live_server.url}/v3/index.php?Action={action}UploadUGC"
    answer = httpx.post(url, json=body, headers={"Host": "vod2.qcloud.com"}).json()
    assert answer["code"] == 0, answer
    return dict(answer["data"])


def _detail(call: Call, task: ProcedureTask) -> dict[str, Any]:
    """As the SDK's classes have it."""
    return _plain(call("DescribeTaskDetail", TaskId=task.task_id).ProcedureTask)


def _pulled(call: Call) -> Iterator[dict[str, Any]]:
    for event in call("PullEvents").EventSet:
        assert event.EventType == "ProcedureStateChanged"
        yield _without_nulls(_plain(event.ProcedureStateChangeEvent))


def _plain(task: WireTask) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(task.to_json_string())
    return plain


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(member) for member in value] if isinstance(value, list) else value


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _comparable(member) for name, member in value.items() if name not in OWN}
    return [_comparable(member) for member in value] if isinstance(value, list) else value


def _check_against_the_protocol(task: dict[str, Any]) -> None:
    assert task.keys() == TASK
    assert (task["Status"], task["ErrCode"], task["Message"]) == ("FINISH", 0, "SUCCESS")
    (item,) = task["MediaProcessResultSet"]
    assert item["Type"] == "AnimatedGraphics"
    assert {name for name, member in item.items() if member is not None} == {"Type", "AnimatedGraphicTask"}
    result = item["AnimatedGraphicTask"]
    assert (result.keys(), result["Input"].keys(), result["Output"].keys()) == (RESULT, INPUT, OUTPUT)
    assert (result["Status"], result["ErrCodeExt"], result["Progress"]) == ("SUCCESS", "", 100)
    assert result["Input"] == {"Definition": 30001, "StartTimeOffset": 0.5, "EndTimeOffset": -1}
    output = result["Output"]
    assert (output["StartTimeOffset"], output["EndTimeOffset"], output["Container"]) == (0.5, 2.0, "gif")
    assert all(isinstance(output[name], int) for name in ("Definition", "Height", "Width", "Bitrate", "Size"))
