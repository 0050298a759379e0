"""Writing events in the transaction that causes them: one row a (subject, transition), however often (invariant I4).

Task flows always tell of their end, unless the task's notify mode is None; with Change they also tell of each part that
ends before. Uploads and deletions tell when their switch is on (docs/protocol 5.1).
"""

from typing import Any

from django.db import transaction

from applications.models import Application
from media_jobs.doorbell import wake_dispatcher
from media_jobs.models import Event, EventConfig, Media, ProcedureTask, PullTask
from media_jobs.structures import file_delete_task, file_upload_task, procedure_task, pull_upload_task, without_nulls

Type = Event.Type
OBJECT_FIELDS = {
    Type.NEW_FILE_UPLOAD: "FileUploadEvent",
    Type.PROCEDURE_STATE_CHANGED: "ProcedureStateChangeEvent",
    Type.PULL_COMPLETE: "PullCompleteEvent",
    Type.FILE_DELETED: "FileDeleteEvent",
}


def media_uploaded(media: Media) -> None:
    if _is_on(media.application, "upload_complete"):
        task = media.tasks.order_by("pk").first()
        content = file_upload_task(media, procedure_task_id=task.task_id if task else "")
        record(media.application, Type.NEW_FILE_UPLOAD, subject=media.file_id, transition="uploaded", content=content)


def media_deleted(media: Media) -> None:
    if _is_on(media.application, "delete_complete"):
        content = file_delete_task(media)
        record(media.application, Type.FILE_DELETED, subject=media.file_id, transition="deleted", content=content)


def task_ended(task_pk: int) -> None:
    task = ProcedureTask.objects.select_related("media", "application").get(pk=task_pk)
    if task.notify_mode != "None":
        _state_changed(task, transition="ended")


def task_part_ended(task_pk: int, *, position: int) -> None:
    """Tell that one job of a task has ended, while the task goes on."""
    task = ProcedureTask.objects.select_related("media", "application").get(pk=task_pk)
    if task.notify_mode == "Change":
        _state_changed(task, transition=f"part {position} ended")


def pull_ended(pull: PullTask) -> None:
    content = pull_upload_task(pull)
    record(pull.application, Type.PULL_COMPLETE, subject=pull.task_id, transition="ended", content=content)


def record(
    application: Application, type: Event.Type, *, subject: str, transition: str, content: dict[str, Any]
) -> None:
    """Once only: a second row of the same transition is not written. Deliveries are looked for after commit."""
    body = event_content(type, content)
    event = Event(application=application, type=type, subject=subject, transition=transition, content=body)
    Event.objects.bulk_create([event], ignore_conflicts=True)
    transaction.on_commit(wake_dispatcher, robust=True)


def event_content(type: Event.Type, content: dict[str, Any]) -> dict[str, Any]:
    """EventContent of docs/protocol 2.8 around the event's own object, without nulls and without EventHandle."""
    body: dict[str, Any] = without_nulls({"EventType": type.value, OBJECT_FIELDS[type]: content})
    return body


def _state_changed(task: ProcedureTask, *, transition: str) -> None:
    content = procedure_task(task)
    record(
        task.application,
        Type.PROCEDURE_STATE_CHANGED,
        subject=task.task_id,
        transition=transition,
        content=content,
    )


def _is_on(application: Application, switch: str) -> bool:
    return EventConfig.objects.filter(application=application, **{switch: True}).exists()
