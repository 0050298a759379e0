"""Task Management (docs/console.md 8), with failures shown as failures."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from applications.errors import Refused
from applications.roles import Role
from console.forms.filter_forms import TaskFilter
from console.forms.retry_form import RetryForm
from console.lists.paging import Order, paged
from console.lists.ticked import TASKS, list_with_its_query, ticked
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from console.timeline import timeline
from console.words.advice import may_help_again, may_help_changed
from console.words.counted import counted
from media_jobs.batches.selectors import open_batches
from media_jobs.jobs.outlook import outlook
from media_jobs.jobs.selectors import (
    UNDER_WAY,
    jobs_of,
    live_workers,
    one_task,
    tasks_for,
    tasks_found,
    with_outcome,
)
from media_jobs.jobs.services import cancel_task, retry_changed, retry_task
from media_jobs.models import ProcedureTask
from media_jobs.structures import procedure_task
from procedures.selectors import procedures_for

if TYPE_CHECKING:
    from media_jobs.jobs.selectors import TaskRows

_SORTS = {"created": "created_at"}


@page()
def task_list(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    filters = TaskFilter(request.GET, application=application)
    order = Order.of(request, _SORTS, default="-created")
    rows = paged(request, order.sort(tasks_found(application, **filters.values())))
    context = {
        "filters": filters,
        "order": order,
        "page": rows,
        "running": any(task.status in UNDER_WAY for task in rows),
        "open_batches": open_batches(application).count(),
    }
    return render(request, "console/tasks/list.html", context)


@page()
def detail(request: ConsoleRequest, task_id: str) -> HttpResponse:
    application = request.caller.application
    task = one_task(application, task_id)
    told = with_outcome(tasks_for(application)).get(pk=task.pk)
    jobs = list(jobs_of(task).select_related("output__media", "snapshots__media").prefetch_related("output__siblings"))
    running = told.status in UNDER_WAY
    context = {
        "task": told,
        "jobs": jobs,
        "running": running,
        "no_worker": not live_workers().exists(),
        "outlook": outlook(told) if running else None,
        "again": any(map(may_help_again, jobs)),
        "changed": any(map(may_help_changed, jobs)),
        "flow": procedures_for(application).filter(name=told.procedure).first() if told.procedure else None,
        "timeline": timeline(told, jobs),
        "wire": json.dumps(procedure_task(told), indent=2, ensure_ascii=False),
    }
    return render(request, "console/tasks/detail.html", context)


@page("POST", role=Role.OPERATOR)
def cancel(request: ConsoleRequest, task_id: str) -> HttpResponse:
    stopped = cancel_task(task=one_task(request.caller.application, task_id))
    said = (
        _("The task is being cancelled.") if stopped else _("The task had ended already; there was nothing to cancel.")
    )
    messages.info(request, said)
    return redirect("console:task", task_id)


@page("POST", role=Role.OPERATOR)
def retry(request: ConsoleRequest, task_id: str) -> HttpResponse:
    again = retry_task(task=one_task(request.caller.application, task_id))
    messages.success(request, _("What had failed or was cancelled is tried again, as this new task."))
    return redirect("console:task", again.task_id)


@page("GET", "POST", role=Role.OPERATOR)
def retry_with_changes(request: ConsoleRequest, task_id: str) -> HttpResponse:
    """What failed or was cancelled, to be repaired where it failed: other seconds, another template."""
    application = request.caller.application
    task = one_task(application, task_id)
    unmade = [job for job in jobs_of(task) if may_help_changed(job)]
    form = RetryForm(request.POST if request.method == "POST" else None, application=application, unmade=unmade)
    if again := saved(form, lambda: retry_changed(task=task, steps=form.steps)):
        messages.success(request, _("What had failed is tried again with these values, as this new task."))
        return redirect("console:task", again.task_id)
    return render(request, "console/tasks/retry.html", {"task": task, "form": form, "unmade": unmade})


@page("POST", role=Role.OPERATOR)
def cancel_several(request: ConsoleRequest) -> HttpResponse:
    return _each(request, lambda task: cancel_task(task=task), done=_CANCELLED, passed_over=_HAD_ENDED)


@page("POST", role=Role.OPERATOR)
def retry_several(request: ConsoleRequest) -> HttpResponse:
    """Where the same values may succeed; the others are passed over, and the page says so."""

    def try_again(task: ProcedureTask) -> bool:
        helps = task.status not in UNDER_WAY and any(map(may_help_again, jobs_of(task)))
        return helps and bool(retry_task(task=task))

    return _each(request, try_again, done=_TRIED_AGAIN, passed_over=_PASSED_OVER)


_CANCELLED = ngettext_lazy("{number} task cancelled.", "{number} tasks cancelled.", "count")
_HAD_ENDED = ngettext_lazy("{number} task had ended already.", "{number} tasks had ended already.", "count")
_TRIED_AGAIN = ngettext_lazy("{number} task tried again.", "{number} tasks tried again.", "count")
_PASSED_OVER = ngettext_lazy(
    "{number} task passed over: the same again can't help it.",
    "{number} tasks passed over: the same again can't help them.",
    "count",
)


def _each(request: ConsoleRequest, do: Callable[[ProcedureTask], bool], *, done: Any, passed_over: Any) -> HttpResponse:
    """What became of how many is told by two sentences with plurals."""
    outcomes = [_attempt(do, task) for task in _chosen(request)]
    number, left = outcomes.count(True), outcomes.count(False)
    if number:
        messages.success(request, counted(done, number))
    if left:
        messages.info(request, counted(passed_over, left))
    return redirect(list_with_its_query(request, reverse("console:tasks")))


def _attempt(do: Callable[[ProcedureTask], bool], task: ProcedureTask) -> bool:
    """One that is refused, say because its media is gone by now, doesn't stop the others."""
    try:
        return do(task)
    except Refused:
        return False


def _chosen(request: ConsoleRequest) -> list[ProcedureTask]:
    application = request.caller.application

    def found(query: QueryDict) -> "TaskRows":
        return tasks_found(application, **TaskFilter(query, application=application).values())

    return ticked(request, tasks_for(application), key="task_id", found=found, said=TASKS)
