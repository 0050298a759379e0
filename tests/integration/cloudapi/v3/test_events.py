"""The reliable queue and the callback's settings by the real Python SDK (docs/protocol 2.6)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F

from media_jobs.events import services as events
from media_jobs.models import Event, Media
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
ON = {"UploadMediaCompleteEventSwitch": "ON", "DeleteMediaCompleteEventSwitch": "ON"}


def test_the_settings_are_described_as_they_were_set(call: Call) -> None:
    before = call("DescribeEventConfig")
    assert (before.Mode, before.NotificationUrl, before.UploadMediaCompleteEventSwitch) == ("PUSH", "", "OFF")
    url = "https://hooks.example/vod"
    call("ModifyEventConfig", Mode="PUSH", NotificationUrl=url, SignKey="abc123", **ON)
    call("ModifyEventConfig", DeleteMediaCompleteEventSwitch="OFF")
    after = call("DescribeEventConfig")
    assert (after.Mode, after.NotificationUrl) == ("PUSH", url)
    assert (after.UploadMediaCompleteEventSwitch, after.DeleteMediaCompleteEventSwitch) == ("ON", "OFF")
    call("ModifyEventConfig", NotificationUrl="")
    assert call("DescribeEventConfig").NotificationUrl == ""


@pytest.mark.parametrize(
    "given",
    [
        {"Mode": "POLL"},
        {"SignKey": "ä"},
        {"SignKey": "a" * 33},
        {"NotificationUrl": "ftp://hooks.example/"},
        {"NotificationUrl": "http://127.0.0.1:22/"},
    ],
)
def test_settings_that_make_no_sense_are_refused(refused: Callable[..., str], given: dict[str, str]) -> None:
    assert refused("ModifyEventConfig", **given) == "InvalidParameter"


def test_events_are_pulled_and_confirmed(
    call: Call,
    refused: Callable[..., str],
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    call("ModifyEventConfig", Mode="PULL", **ON)
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    call("DeleteMedia", FileId=media.file_id)
    assert call("DescribeEventsState").CountOfEventsToPull == 3
    pulled = call("PullEvents").EventSet
    assert [event.EventType for event in pulled] == ["NewFileUpload", "ProcedureStateChanged", "FileDeleted"]
    new, changed, deleted = pulled
    task = changed.ProcedureStateChangeEvent
    assert new.FileUploadEvent.ProcedureTaskId == task.TaskId
    assert new.FileUploadEvent.MediaBasicInfo.Name == "clip"
    assert {result.AnimatedGraphicTask.Status for result in task.MediaProcessResultSet} == {"SUCCESS"}
    assert deleted.FileDeleteEvent.FileIdSet == [media.file_id]
    assert call("DescribeEventsState").CountOfEventsToPull == 0, "pulled events are out for 30 s"
    handles = [event.EventHandle for event in pulled]
    assert len(set(handles)) == 3
    call("ConfirmEvents", EventHandles=handles[:2])
    call("ConfirmEvents", EventHandles=handles[:2])
    Event.objects.filter(settled_at=None).update(next_at=F("created_at"))
    assert refused("ConfirmEvents", EventHandles=handles[2:]) == "InvalidParameterValue", "too late"
    (again,) = call("PullEvents").EventSet
    assert again.EventHandle not in handles
    call("ConfirmEvents", EventHandles=[again.EventHandle])
    assert call("DescribeEventsState").CountOfEventsToPull == 0


def test_an_empty_queue_is_waited_for(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not call("PullEvents").EventSet, "in PUSH mode there is nothing to wait for"
    call("ModifyEventConfig", Mode="PULL")
    monkeypatch.setattr(events, "PULL_SECONDS", 0.2)
    assert call("PullEvents").EventSet == []


def test_handles_that_are_none_are_refused(refused: Callable[..., str]) -> None:
    assert refused("ConfirmEvents", EventHandles=[]) == "InvalidParameterValue"
    assert refused("ConfirmEvents", EventHandles=["x"]) == "InvalidParameterValue"
    assert refused("ConfirmEvents", EventHandles=["0" * 32 + "1"]) == "InvalidParameterValue"
    assert refused("ConfirmEvents", EventHandles=["x"] * 17) == "InvalidParameterValue"
