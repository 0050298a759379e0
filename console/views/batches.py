"""Batches: one task flow over many media, as one thing (docs/console.md 6)."""

import math
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.roles import Role
from console.lists.paging import paged
from console.page import ConsoleRequest, page
from console.words.told import told
from media_jobs.batches.selectors import batches_for, figures_of, one_batch, seconds_left, still_under_way
from media_jobs.batches.services import cancel_batch, retry_batch
from media_jobs.batches.skips import Skip
from media_jobs.jobs.selectors import Outcome
from media_jobs.models import Batch
from media_jobs.states import OPEN_BATCHES


@page()
def batch_list(request: ConsoleRequest) -> HttpResponse:
    rows = paged(request, batches_for(request.caller.application))
    figures = figures_of(list(rows))
    told = [(batch, sum(figures[batch.pk]["tasks"].values()), figures[batch.pk]) for batch in rows]
    running = any(batch.state in OPEN_BATCHES for batch in rows)
    return render(request, "console/batches/list.html", {"page": rows, "told": told, "running": running})


@page()
def detail(request: ConsoleRequest, batch_id: uuid.UUID) -> HttpResponse:
    batch = one_batch(request.caller.application, batch_id)
    figures = figures_of([batch])[batch.pk]
    tasks, left = figures["tasks"], seconds_left(batch, figures)
    context = {
        "batch": batch,
        "figures": figures,
        "tasks": [(outcome.value, outcome.label, tasks.get(outcome, 0)) for outcome in Outcome],
        "skipped": [(told(Skip(reason).label), number) for reason, number in batch.skipped.items()],
        "done": sum(tasks.values()) - still_under_way(tasks) + sum(batch.skipped.values()),
        "running": batch.state in OPEN_BATCHES,
        "left": None if left is None else math.ceil(left),
        "again": _may_be_tried_again(batch, tasks),
    }
    return render(request, "console/batches/detail.html", context)


@page("POST", role=Role.OPERATOR)
def cancel(request: ConsoleRequest, batch_id: uuid.UUID) -> HttpResponse:
    cancel_batch(batch=one_batch(request.caller.application, batch_id))
    messages.info(request, _("The batch is being cancelled. Images that are finished stay."))
    return redirect("console:batch", batch_id)


@page("POST", role=Role.OPERATOR)
def retry(request: ConsoleRequest, batch_id: uuid.UUID) -> HttpResponse:
    retry_batch(batch=one_batch(request.caller.application, batch_id))
    messages.success(request, _("What had failed or was cancelled is tried again."))
    return redirect("console:batch", batch_id)


def _may_be_tried_again(batch: Batch, tasks: dict[str, int]) -> bool:
    unmade = {Outcome.FAILED, Outcome.PARTLY_FAILED, Outcome.CANCELLED} & tasks.keys()
    return batch.state not in OPEN_BATCHES and bool(unmade or (batch.finished_at and batch.state == "cancelled"))
