"""Task Management (docs/console.md 8), with failures shown as failures."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from applications.roles import Role
from console.forms.filter_forms import TaskFilter
from console.page import ConsoleRequest, page
from console.paging import paged
from media_jobs.jobs.selectors import UNDER_WAY, jobs_of, live_workers, one_task, tasks_for, tasks_found, with_outcome
from media_jobs.jobs.services import cancel_task, retry_task


@page()
def task_list(request: ConsoleRequest) -> HttpResponse:
    filters = TaskFilter(request.GET)
    rows = paged(request, tasks_found(request.caller.application, **filters.values()))
    running = any(task.status in UNDER_WAY for task in rows)
    return render(request, "console/tasks/list.html", {"filters": filters, "page": rows, "running": running})


@page()
def detail(request: ConsoleRequest, task_id: str) -> HttpResponse:
    task = one_task(request.caller.application, task_id)
    told = with_outcome(tasks_for(request.caller.application)).get(pk=task.pk)
    context = {
        "task": told,
        "jobs": jobs_of(task).select_related("output__media"),
        "running": told.status in UNDER_WAY,
        "no_worker": not live_workers().exists(),
    }
    return render(request, "console/tasks/detail.html", context)


@page("POST", role=Role.OPERATOR)
def cancel(request: ConsoleRequest, task_id: str) -> HttpResponse:
    stopped = cancel_task(task=one_task(request.caller.application, task_id))
    said = "The task is being cancelled." if stopped else "The task had ended already; there was nothing to cancel."
    messages.info(request, said)
    return redirect("console:task", task_id)


@page("POST", role=Role.OPERATOR)
def retry(request: ConsoleRequest, task_id: str) -> HttpResponse:
    again = retry_task(task=one_task(request.caller.application, task_id))
    messages.success(request, "What had failed or was cancelled is tried again, as this new task.")
    return redirect("console:task", again.task_id)
