"""Which event rows come to be, and that each transition has exactly one."""

from collections.abc import Callable

import pytest
from django.db import transaction

from applications.models import Application
from media_jobs.events import outbox
from media_jobs.events.services import modify_event_config
from media_jobs.jobs import leases
from media_jobs.jobs.services import cancel_task, submit_task
from media_jobs.library.services import delete_media
from media_jobs.models import Event, Media, ProcedureTask
from procedures.models import Procedure
from procedures.selectors import plan_of

pytestmark = pytest.mark.django_db


def rows() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("pk").values_list("type", "transition"))


def task_of(media: Media, procedure: Procedure, notify_mode: str) -> ProcedureTask:
    return submit_task(media=media, plan=plan_of(procedure), notify_mode=notify_mode)


def test_a_task_flow_tells_of_its_end_once_with_its_outputs(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload_clip(procedure=procedure.name)
    run_jobs()
    assert rows() == [("ProcedureStateChanged", "ended")]
    body = Event.objects.get().content
    assert set(body) == {"EventType", "ProcedureStateChangeEvent"}
    parts = body["ProcedureStateChangeEvent"]["MediaProcessResultSet"]
    assert [part["AnimatedGraphicTask"]["Output"]["Container"] for part in parts] == ["gif", "webp"]
    assert body["ProcedureStateChangeEvent"]["Status"] == "FINISH"


def test_with_change_each_part_that_ends_is_told_too(
    uploaded: Media, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    task_of(uploaded, procedure, "Change")
    run_jobs()
    assert rows() == [("ProcedureStateChanged", "part 0 ended"), ("ProcedureStateChanged", "ended")]
    first, last = (event.content["ProcedureStateChangeEvent"] for event in Event.objects.order_by("pk"))
    assert (first["Status"], last["Status"]) == ("PROCESSING", "FINISH")
    statuses = [part["AnimatedGraphicTask"]["Status"] for part in first["MediaProcessResultSet"]]
    assert statuses == ["SUCCESS", "PROCESSING"]


def test_with_none_nothing_is_told(uploaded: Media, procedure: Procedure, run_jobs: Callable[[], int]) -> None:
    task_of(uploaded, procedure, "None")
    run_jobs()
    assert rows() == []


def test_a_cancelled_task_tells_of_its_end_once(uploaded: Media, procedure: Procedure) -> None:
    task = task_of(uploaded, procedure, "Finish")
    cancel_task(task=task)
    cancel_task(task=task)
    assert rows() == [("ProcedureStateChanged", "ended")]


def test_a_part_that_fails_after_a_requeue_is_told_once(uploaded: Media, procedure: Procedure) -> None:
    task_of(uploaded, procedure, "Change")
    uploaded.jobs.filter(task=None).delete()
    lease = leases.claim(worker="w")
    assert lease and leases.hand_back(lease)
    assert rows() == []
    again = leases.claim(worker="w")
    assert again and leases.fail(again, err_code="InternalError", message="x")
    assert not leases.fail(lease, err_code="InternalError", message="the first owner is late")
    assert rows() == [("ProcedureStateChanged", "part 0 ended")]


def test_uploads_and_deletions_are_told_when_switched_on(
    application: Application, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    delete_media(media=upload_clip())
    assert rows() == []
    modify_event_config(application=application, fields={"upload_complete": True, "delete_complete": True})
    media = upload_clip(procedure=procedure.name)
    upload = Event.objects.get().content["FileUploadEvent"]
    assert (upload["FileId"], upload["MediaBasicInfo"]["Name"]) == (media.file_id, "clip")
    assert upload["ProcedureTaskId"] == ProcedureTask.objects.get(media=media).task_id
    assert "MetaData" not in upload
    delete_media(media=media)
    assert rows() == [
        ("NewFileUpload", "uploaded"),
        ("FileDeleted", "deleted"),
        ("ProcedureStateChanged", "ended"),
    ]


def test_the_same_transition_twice_is_one_row(uploaded: Media, procedure: Procedure) -> None:
    task = task_of(uploaded, procedure, "Finish")
    outbox.task_ended(task.pk)
    first = Event.objects.get()
    outbox.task_ended(task.pk)
    assert Event.objects.get().uid == first.uid


def test_an_event_of_a_transaction_that_fails_never_was(uploaded: Media, procedure: Procedure) -> None:
    task = task_of(uploaded, procedure, "Finish")
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.task_ended(task.pk)
        raise RuntimeError
    assert rows() == []
