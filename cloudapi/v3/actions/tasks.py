"""Asking about tasks, and ending them (docs/protocol 2.5)."""

import base64
import binascii
from datetime import datetime

from applications.caller import Caller
from applications.errors import NotFound
from applications.roles import Role
from cloudapi.v3.errors import ApiError
from cloudapi.v3.moments import time_range
from cloudapi.v3.registry import LANGUAGE, SUB_APP_ID, Action, Given, Refusal, Result
from cloudapi.v3.shapes import Int, Parameter, Struct, Text
from media_jobs.jobs.history import AnyTask, Mark, TaskQuery, page_of_tasks, recent_task
from media_jobs.jobs.services import cancel_task
from media_jobs.models import ProcedureTask, PullTask
from media_jobs.pulls.services import cancel_pull
from media_jobs.states import TaskStatus
from media_jobs.structures import iso, procedure_task, pull_upload_task

_TASK_ID = Parameter("TaskId", Text(most=200, code="InvalidParameterValue.TaskId"), required=True)
_NO_TASK = Refusal(NotFound, "InvalidParameterValue.TaskId", field="task_id")
_STATUSES = {
    "WAITING": (TaskStatus.WAITING,),
    "PROCESSING": (TaskStatus.PROCESSING,),
    "FINISH": (TaskStatus.FINISH, TaskStatus.ABORTED),
}


def describe_tasks(caller: Caller, given: Given) -> Result:
    page, mark = page_of_tasks(caller.application, _query(given), limit=given.get("Limit", 10))
    return {"TaskSet": [_simple_info(task) for task in page], "ScrollToken": _scroll_token(mark)}


def describe_detail(caller: Caller, given: Given) -> Result:
    task = recent_task(caller.application, given["TaskId"])
    language = given.get(LANGUAGE, "")
    return {
        "TaskType": _type(task),
        **_course(task),
        "ProcedureTask": procedure_task(task) if isinstance(task, ProcedureTask) else None,
        "PullUploadTask": pull_upload_task(task, language=language) if isinstance(task, PullTask) else None,
    }


def manage(caller: Caller, given: Given) -> Result:
    task = recent_task(caller.application, given["TaskId"])
    if task.status != TaskStatus.WAITING or not _cancelled(task):
        raise ApiError("FailedOperation", "Only a task that is still waiting can be aborted.")
    return {}


def _cancelled(task: AnyTask) -> bool:
    return cancel_task(task=task) if isinstance(task, ProcedureTask) else cancel_pull(pull=task)


def _query(given: Given) -> TaskQuery:
    sort = given.get("Sort", {})
    created, finished = given.get("CreateTime", {}), given.get("FinishTime", {})
    return TaskQuery(
        statuses=_STATUSES.get(given.get("Status", ""), ()),
        file_id=given.get("FileId", ""),
        created=(created.get("After"), created.get("Before")),
        finished=(finished.get("After"), finished.get("Before")),
        by_finish=sort.get("Field") == "FinishTime",
        ascending=sort.get("Order", "Desc").lower() == "asc",
        after=_mark(given.get("ScrollToken", "")),
    )


def _simple_info(task: AnyTask) -> Result:
    media = task.media if isinstance(task, ProcedureTask) else task.upload.media
    source = task if isinstance(task, ProcedureTask) else task.upload
    return {
        "TaskId": task.task_id,
        "FileId": media.file_id if media else "",
        "TaskType": _type(task),
        **_course(task),
        "SessionId": task.session_id,
        "SessionContext": source.session_context,
    }


def _course(task: AnyTask) -> Result:
    return {
        "Status": task.status,
        "CreateTime": iso(task.created_at),
        "BeginProcessTime": iso(task.began_at),
        "FinishTime": iso(task.finished_at),
    }


def _type(task: AnyTask) -> str:
    return "Procedure" if isinstance(task, ProcedureTask) else "PullUpload"


def _scroll_token(mark: Mark | None) -> str:
    if mark is None:
        return ""
    return base64.urlsafe_b64encode(f"{mark.moment.isoformat()} {mark.task_id}".encode()).decode()


def _mark(token: str) -> Mark | None:
    if not token:
        return None
    try:
        moment, _, task_id = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
        read = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError):
        raise ApiError("InvalidParameterValue", "The ScrollToken is not one of ours.") from None
    if read.tzinfo is None or "\0" in task_id:
        raise ApiError("InvalidParameterValue", "The ScrollToken is not one of ours.")
    return Mark(moment=read, task_id=task_id)


_SORT = Struct(
    Parameter("Field", Text(choices=("CreateTime", "FinishTime"), code="InvalidParameterValue.Sort"), required=True),
    Parameter("Order", Text(choices=("Asc", "Desc", "asc", "desc"), code="InvalidParameterValue.Sort"), required=True),
    name="SortBy",
)
ACTIONS = (
    Action(
        name="DescribeTasks",
        run=describe_tasks,
        role=Role.VIEWER,
        parameters=Struct(
            SUB_APP_ID,
            Parameter("Status", Text(choices=("WAITING", "PROCESSING", "FINISH"), code="InvalidParameterValue.Status")),
            Parameter("FileId", Text()),
            Parameter("CreateTime", time_range()),
            Parameter("FinishTime", time_range()),
            Parameter("Sort", _SORT),
            Parameter("Limit", Int(low=1, high=100, code="InvalidParameterValue.Limit"), note="default 10"),
            Parameter("ScrollToken", Text(most=500)),
        ),
    ),
    Action(
        name="DescribeTaskDetail",
        localised=True,
        run=describe_detail,
        role=Role.VIEWER,
        parameters=Struct(_TASK_ID, SUB_APP_ID),
        refusals=(_NO_TASK,),
    ),
    Action(
        name="ManageTask",
        run=manage,
        role=Role.OPERATOR,
        parameters=Struct(
            _TASK_ID,
            Parameter(
                "OperationType",
                Text(choices=("Abort",), code="InvalidParameterValue.InvalidOperationType"),
                required=True,
            ),
            SUB_APP_ID,
        ),
        refusals=(_NO_TASK,),
    ),
)
