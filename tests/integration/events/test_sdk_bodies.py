"""The bodies of callbacks and of PullEvents, for success, partial failure and failure, read by the cloud's real SDK."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.vod.v20180717 import models as wire

from applications.models import Application
from media_jobs.events.services import handle_of, modify_event_config, pull_events
from media_jobs.library.services import delete_media
from media_jobs.models import Delivery, Media
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate
from tests.receivers import Receiver

pytestmark = pytest.mark.django_db
OUTCOMES = {
    "success": ([0.0, 1.0], ["SUCCESS", "SUCCESS"]),
    "partial failure": ([0.0, 900.0], ["SUCCESS", "FAIL"]),
    "failure": ([900.0, 901.0], ["FAIL", "FAIL"]),
}


def read(body: dict[str, Any]) -> wire.EventContent:
    """As a user of the SDK does it, with every warning an error."""
    content = wire.EventContent()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content.from_json_string(json.dumps(body))
    return content


@pytest.fixture(params=OUTCOMES)
def outcome(
    request: pytest.FixtureRequest,
    application: Application,
    gif_template: AnimatedImageTemplate,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> list[str]:
    starts, statuses = OUTCOMES[request.param]
    steps = [StepInput(definition=gif_template.definition, start=start) for start in starts]
    create_procedure(application=application, name="flow", steps=steps)
    modify_event_config(application=application, fields={"upload_complete": True, "delete_complete": True})
    media = upload_clip(procedure="flow")
    run_jobs()
    delete_media(media=media)
    return statuses


def assert_told(contents: list[wire.EventContent], statuses: list[str]) -> None:
    upload, task, deletion = contents
    assert [content.EventType for content in contents] == ["NewFileUpload", "ProcedureStateChanged", "FileDeleted"]
    assert upload.FileUploadEvent.MediaBasicInfo.Name == "clip"
    assert upload.FileUploadEvent.ProcedureTaskId == task.ProcedureStateChangeEvent.TaskId
    assert deletion.FileDeleteEvent.FileIdSet == [upload.FileUploadEvent.FileId]
    parts = [part.AnimatedGraphicTask for part in task.ProcedureStateChangeEvent.MediaProcessResultSet]
    assert task.ProcedureStateChangeEvent.Status == "FINISH"
    assert [part.Status for part in parts] == statuses
    for part in parts:
        good = part.Status == "SUCCESS"
        assert (part.ErrCode, part.ErrCodeExt) == ((0, "") if good else (40000, "InvalidInput.InvalidTimeOffset"))
        assert bool(part.Output) is good
        assert part.Message


def test_callback_bodies(
    application: Application, outcome: list[str], hook: Receiver, deliver_due: Callable[[], list[Delivery]]
) -> None:
    modify_event_config(application=application, fields={"notification_url": hook.url}, with_earlier=True)
    deliver_due()
    bodies = [message.content for message in hook.messages]
    assert "null" not in str([message.body for message in hook.messages])
    assert all("EventHandle" not in body for body in bodies)
    assert_told([read(body) for body in bodies], outcome)


def test_pulled_bodies(application: Application, outcome: list[str]) -> None:
    modify_event_config(application=application, fields={"mode": "PULL"})
    events = [{"EventHandle": handle_of(event), **event.content} for event in pull_events(application=application)]
    response = wire.PullEventsResponse()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response._deserialize({"EventSet": events, "RequestId": "r"})
    assert len({content.EventHandle for content in response.EventSet}) == 3
    assert_told(response.EventSet, outcome)
