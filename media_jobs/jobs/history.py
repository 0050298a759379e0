"""The tasks of the last days, of both kinds, page by page (docs/protocol 2.5, DescribeTasks)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Now

from applications.errors import NotFound
from applications.models import Application
from applications.often_asked import OftenAsked
from media_jobs.clock import as_written
from media_jobs.jobs.selectors import tasks_for
from media_jobs.models import Media, ProcedureTask, PullTask

AnyTask = ProcedureTask | PullTask
Task = TypeVar("Task", ProcedureTask, PullTask)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: the moment that is sorted by, and the task's id to tell equal moments apart."""

    moment: datetime
    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks are asked for, and in which order.

    `statuses` are those of TaskStatus; FINISH and ABORTED both count as ended. `created` and `finished` are spans, both
    ends included, None for an open one. `by_finish` sorts by the end, which leaves out what has none. `after` is the
    mark of the page before.
    """

    statuses: Sequence[str] = ()
    file_id: str = ""
    created: tuple[datetime | None, datetime | None] = (None, None)
    finished: tuple[datetime | None, datetime | None] = (None, None)
    by_finish: bool = False
    ascending: bool = False
    after: Mark | None = None


def recent_tasks(application: Application | Value) -> QuerySet[ProcedureTask]:
    return tasks_for(application).filter(created_at__gt=Now() - settings.ZOETROPE_TASK_WINDOW)


def recent_pulls(application: Application | Value) -> QuerySet[PullTask]:
    since = Now() - settings.ZOETROPE_TASK_WINDOW
    return PullTask.objects.filter(application=application, created_at__gt=since).select_related("upload__media")


_recent_task = OftenAsked(
    lambda _, application, task_id: recent_tasks(application).filter(task_id=task_id), "application", "task_id"
)
_recent_pull = OftenAsked(
    lambda _, application, task_id: recent_pulls(application).filter(task_id=task_id), "application", "task_id"
)


def recent_task(application: Application, task_id: str) -> AnyTask:
    """Raises NotFound."""
    asked: dict[str, str | int] = {"application": application.pk, "task_id": task_id}
    window = settings.ZOETROPE_TASK_WINDOW
    found = _recent_task.first(window, **asked) or _recent_pull.first(window, **asked)
    if found is None:
        raise NotFound(f"There is no task {task_id[:100]} of the last days.", field="task_id")
    return found


def page_of_tasks(application: Application, query: TaskQuery, *, limit: int) -> tuple[list[AnyTask], Mark | None]:
    """Up to `limit` tasks and, when there are more, the mark to go on from."""
    tasks, pulls = recent_tasks(application), recent_pulls(application)
    if query.file_id:
        media = Media.objects.key_of(application=application, file_id=query.file_id)
        tasks, pulls = tasks.filter(media=media), pulls.filter(upload__media=media)
    tasks, pulls = _matching(tasks, query), _matching(pulls, query)
    both: Iterator[AnyTask] = merge(
        tasks[: limit + 1], pulls[: limit + 1], key=lambda task: _place(task, query), reverse=not query.ascending
    )
    found = list(islice(both, limit + 1))
    page = found[:limit]
    return page, Mark(*_place(page[-1], query)) if len(found) > limit and page else None


def _matching(tasks: QuerySet[Task], query: TaskQuery) -> QuerySet[Task]:
    moment = "finished_at" if query.by_finish else "created_at"
    conditions = {
        "status__in": query.statuses,
        "created_at__gte": query.created[0],
        "created_at__lte": query.created[1],
        "finished_at__gte": query.finished[0],
        "finished_at__lte": query.finished[1],
    }
    tasks = tasks.filter(**{f"{moment}__isnull": False}, **{name: value for name, value in conditions.items() if value})
    if query.after:
        way = "gt" if query.ascending else "lt"
        mark = as_written(query.after.moment) if query.by_finish else query.after.moment
        same = Q(**{moment: mark, f"task_id__{way}": query.after.task_id})
        tasks = tasks.filter(Q(**{f"{moment}__{way}": mark}) | same)
    sign = "" if query.ascending else "-"
    return tasks.order_by(f"{sign}{moment}", f"{sign}task_id")


def _place(task: AnyTask, query: TaskQuery) -> tuple[datetime, str]:
    moment = task.finished_at if query.by_finish else task.created_at
    assert moment is not None
    return moment, task.task_id
